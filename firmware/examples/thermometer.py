"""A thermometer: devices/<id>/temperature in degrees Celsius, twice a minute.

Wiring: DS18B20 with its red wire at 3V3, black at GND, yellow at D4 (GPIO2), and 4.7 kilohm between yellow and red.
"""

import asyncio

from ds18x20 import DS18X20
from machine import Pin
from node import Node
from onewire import OneWire

node = Node()
bus = DS18X20(OneWire(Pin(2)))


async def main():
    while True:
        for sensor in bus.scan():
            bus.convert_temp()
            await asyncio.sleep_ms(750)
            await node.emit("temperature", round(bus.read_temp(sensor), 1))
        await asyncio.sleep(30)


node.run(main())
