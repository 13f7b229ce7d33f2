"""Text on a small display: whatever is published to devices/<id>/text, four lines of 16 letters.

Wiring: SSD1306 OLED, 128 x 32, SCL at D1 (GPIO5), SDA at D2 (GPIO4), VCC at 3V3, GND at GND. (Its driver is in MicroPython's
image for 2 MB and more.)

    mosquitto_pub -t devices/display/text -m 'Hello, world'
"""

from machine import I2C, Pin
from node import Node
from ssd1306 import SSD1306_I2C

node = Node()
display = SSD1306_I2C(128, 32, I2C(scl=Pin(5), sda=Pin(4)))


@node.on("text")
def text(value):
    display.fill(0)
    for i, line in enumerate(str(value).split("\n")[:4]):
        display.text(line[:16], 0, 8 * i)
    display.show()


node.run()
