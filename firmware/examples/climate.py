"""Temperature and humidity: devices/<id>/temperature and devices/<id>/humidity, twice a minute, or as often as "every" in its
settings says.

Wiring: DHT22 with pin 1 at 3V3, pin 2 at D2 (GPIO4), pin 4 at GND, and 10 kilohm between pins 1 and 2.

    mosquitto_sub -t 'devices/climate/+'
"""

import asyncio

from dht import DHT22
from machine import Pin
from node import Node

node = Node()
sensor = DHT22(Pin(4))


async def main():
    while True:
        try:
            sensor.measure()
            await node.emit("temperature", round(sensor.temperature(), 1))
            await node.emit("humidity", round(sensor.humidity(), 1))
        except OSError as e:  # a loose wire
            await node.log("no reading: %r" % e, "warning")
        await asyncio.sleep(node.cfg.get("every", 30))


node.run(main())
