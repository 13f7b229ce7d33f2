# One DS18B20. Tests set celsius; None is a loose wire. A reading is of the last conversion, as on the chip.
celsius = 21.5625
converted = 85.0  # what the sensor says when it was not asked to convert


class DS18X20:
    def __init__(self, bus):
        self.bus = bus

    def scan(self):
        return [] if celsius is None else [bytearray(b"\x28\xff\x01\x02\x03\x04\x05\x06")]

    def convert_temp(self):
        global converted
        if celsius is None:
            raise OSError("onewire")
        converted = celsius

    def read_temp(self, rom):
        if celsius is None:
            raise Exception("CRC error")
        return converted
