"""Pins that can be awaited, and interrupts off for a moment.

    button = Pin(0, Pin.IN, Pin.PULL_UP)

    await button.trigger(Pin.FALLING)           # the next press

    async for level in button.edges(debounce=20):
        print("up" if level else "down")

    with irq_off():
        ...                                     # nothing comes between

    @irq_off
    def careful(): ...
"""

import asyncio

import machine


class Pin:
    """A machine.Pin whose edges can be awaited. The pin itself is `pin`."""

    IN = machine.Pin.IN
    OUT = machine.Pin.OUT
    PULL_UP = machine.Pin.PULL_UP
    FALLING = machine.Pin.IRQ_FALLING
    RISING = machine.Pin.IRQ_RISING
    BOTH = FALLING | RISING

    def __init__(self, *args, **kwargs):
        self.pin = machine.Pin(*args, **kwargs)
        self.value = self.pin.value
        self._flag = asyncio.ThreadSafeFlag()

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    async def trigger(self, edge, debounce=0):
        """Wait for an edge: FALLING, RISING or BOTH; return the level after it, 0 or 1. With debounce, in milliseconds, a level
        that does not hold that long was no edge."""
        edges = self.edges(edge, debounce)
        try:
            return await edges.__anext__()
        finally:
            edges.stop()

    def edges(self, edge=BOTH, debounce=0):
        """Return an asynchronous iterator over the levels after each edge. It watches the pin from now on, until stop()."""
        return _Edges(self, edge, debounce)


class _Edges:
    def __init__(self, pin, edge, debounce):
        self._pin = pin.pin
        self._edge = edge
        self._debounce = debounce
        self._level = pin.value()
        self._flag = pin._flag
        self._flag.clear()
        self._pin.irq(self._isr, Pin.BOTH if debounce else edge)  # the way back is to be seen, or the next edge is none

    def _isr(self, _):
        self._flag.set()

    def stop(self):
        self._pin.irq(None, self._edge)

    def __aiter__(self):
        return self

    async def __anext__(self):
        while True:
            await self._flag.wait()
            if not self._debounce:
                return self._pin.value()
            await asyncio.sleep_ms(self._debounce)
            self._flag.clear()
            before, self._level = self._level, self._pin.value()
            if self._level != before and self._edge & (Pin.RISING if self._level else Pin.FALLING):
                return self._level


class irq_off:
    """Interrupts are off inside `with irq_off():`, or while a function it decorates runs."""

    def __init__(self, function=None):
        self._function = function

    def __enter__(self):
        self._state = machine.disable_irq()

    def __exit__(self, *exc):
        machine.enable_irq(self._state)

    def __call__(self, *args, **kwargs):
        state = machine.disable_irq()
        try:
            return self._function(*args, **kwargs)
        finally:
            machine.enable_irq(state)
