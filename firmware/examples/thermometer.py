"""A thermometer: devices/<id>/temperature in degrees Celsius, twice a minute, or as often as "every" in its settings says.

Wiring: DS18B20 with its red wire at 3V3, black at GND, yellow at D4 (GPIO2), and 4.7 kilohm between yellow and red.

    mosquitto_sub -t devices/thermometer/temperature
"""

import asyncio

from ds18x20 import DS18X20
from machine import Pin
from node import Node
from onewire import OneWire

node = Node()
bus = DS18X20(OneWire(Pin(2)))


async def measure():
    bus.convert_temp()
    await asyncio.sleep_ms(750)  # the sensor takes its time
    for sensor in bus.scan():
        await node.emit("temperature", round(bus.read_temp(sensor), 1))


async def main():
    while True:
        try:
            await measure()
        except Exception as e:  # a loose wire
            await node.log("no reading: %r" % e, "warning")
        await asyncio.sleep(node.cfg.get("every", 30))


node.run(main())
