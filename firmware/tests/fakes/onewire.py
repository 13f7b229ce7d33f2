# A one-wire bus with what ds18x20 says is on it.
class OneWire:
    def __init__(self, pin):
        self.pin = pin
