"""An alert lamp: the color that the bus says, until somebody pushes the button.

Wiring (NodeMCU, D1 mini): red D5 (GPIO14), green D6 (GPIO12), blue D7 (GPIO13), each through 220 ohm to the LED, whose common
cathode is at GND; a button between D2 (GPIO4) and GND.

    mosquitto_pub -t devices/lamp/alert -m red
    mosquitto_sub -t devices/lamp/acknowledged
"""

from aio import Pin
from node import Node

COLORS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1), "off": (0, 0, 0)}

node = Node()
led = [Pin(n, Pin.OUT) for n in (14, 12, 13)]
button = Pin(4, Pin.IN, Pin.PULL_UP)


@node.on("alert")
def alert(color):
    for pin, level in zip(led, COLORS.get(color, COLORS["off"])):
        pin.value(level)


async def main():
    while True:
        await button.trigger(Pin.FALLING, debounce=20)
        alert("off")
        await node.emit("acknowledged", True)


node.run(main())
