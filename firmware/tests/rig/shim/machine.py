# The part of `machine` that the firmware and the examples use. Tests press pins by Pin.pins[n].press(level).
import _rig

PWRON_RESET = 0
WDT_RESET = 1
SOFT_RESET = 4
DEEPSLEEP_RESET = 5
HARD_RESET = 6

interrupts = []  # what disable_irq and enable_irq were called with


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    IRQ_RISING = 1
    IRQ_FALLING = 2
    pins = {}

    def __init__(self, n, mode=0, pull=None, value=None):
        self.id = n
        self._level = value if value is not None else (pull == Pin.PULL_UP)
        self._handler = None
        Pin.pins[n] = self

    def value(self, level=None):
        if level is None:
            return int(self._level)
        self.press(level)

    __call__ = value

    def on(self):
        self.press(1)

    def off(self):
        self.press(0)

    def press(self, level):
        before, self._level = self._level, level
        if self._handler and level != before and self._edge & (1 if level else 2):
            import micropython

            micropython.schedule(self._handler, self)

    def irq(self, handler=None, trigger=3, hard=False):
        self._handler = handler
        self._edge = trigger


class WDT:
    def __init__(self, id=0, timeout=5000):
        self._timeout = timeout
        self.feed()

    def feed(self):
        _rig.feed(self._timeout)


class RTC:
    memory_ = b""

    def memory(self, data=None):
        if data is None:
            return RTC.memory_
        RTC.memory_ = bytes(data)

    def datetime(self, t=None):
        return (2026, 1, 1, 0, 0, 0, 0, 0)


class ADC:
    def __init__(self, n):
        pass

    def read(self):
        return 512


class I2C:
    buses = []

    def __init__(self, *args, **kwargs):
        self.sent = []
        I2C.buses.append(self)

    def writeto(self, addr, data, stop=True):
        self.sent.append((addr, bytes(data)))

    def writevto(self, addr, parts, stop=True):
        self.sent.append((addr, b"".join(bytes(p) for p in parts)))

    def writeto_mem(self, addr, reg, data):
        self.sent.append((addr, bytes([reg]) + bytes(data)))


SoftI2C = I2C


def disable_irq():
    interrupts.append("off")
    return len(interrupts)


def enable_irq(state):
    interrupts.append("on %d" % state)


def reset():
    _rig.exit(75)


def reset_cause():
    return _rig.cause()


def unique_id():
    return b"\x01\x02\x03\x04"


def freq(*args):
    return 80000000
