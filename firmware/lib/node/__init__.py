"""The board's agent: one object that is on the bus.

    from node import Node

    node = Node()                           # who it is, and where the gateway is, stands in /cfg.json

    @node.on("color")
    def color(value):                       # devices/<id>/color, from anywhere on the bus
        ...

    async def main():
        await node.emit("temperature", 21.5)    # devices/<id>/temperature

    node.run(main())
"""

from .core import Node  # noqa: F401
