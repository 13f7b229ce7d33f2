# A DHT22. Tests set reading; None is a loose wire.
reading = (20.46, 55.5)


class DHT22:
    def __init__(self, pin):
        self.pin = pin

    def measure(self):
        if reading is None:
            raise OSError(116)  # ETIMEDOUT
        self._read = reading

    def temperature(self):
        return self._read[0]

    def humidity(self):
        return self._read[1]
