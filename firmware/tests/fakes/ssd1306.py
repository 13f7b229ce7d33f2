# A display that can be read: seen() finds the letters in what was sent over the bus.
import framebuf
from machine import I2C

ADDRESS = 0x3C


class SSD1306_I2C(framebuf.FrameBuffer):
    def __init__(self, width, height, i2c):
        self.width = width
        self.height = height
        self.i2c = i2c
        self.buffer = bytearray(width * height // 8)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)

    def show(self):
        self.i2c.writevto(ADDRESS, (b"\x40", self.buffer))


def cells(buffer):
    """The 8 bytes of each letter's place."""
    return [bytes(buffer[i : i + 8]) for i in range(0, len(buffer), 8)]


def seen(width=128):
    """The lines that the display shows."""
    letter = bytearray(8)
    drawn = framebuf.FrameBuffer(letter, 8, 8, framebuf.MONO_VLSB)
    font = {}
    for code in range(126, 31, -1):
        drawn.fill(0)
        drawn.text(chr(code), 0, 0)
        font[bytes(letter)] = chr(code)
    sent = [data for address, data in I2C.buses[0].sent if address == ADDRESS and data[0] == 0x40]
    text = "".join(font.get(cell, "?") for cell in cells(sent[-1][1:])) if sent else ""
    columns = width // 8
    return [text[i : i + columns].rstrip() for i in range(0, len(text), columns)]
