"""A button on the bus: devices/<id>/button says "down" and "up".

Wiring: a button between D2 (GPIO4) and GND.
"""

from aio import Pin
from node import Node

node = Node()
button = Pin(4, Pin.IN, Pin.PULL_UP)


async def main():
    async for level in button.edges(debounce=20):
        await node.emit("button", "up" if level else "down")


node.run(main())
