"""Node: Wi-Fi, the connection to the gateway, and what the gateway asks of a board.

What happens seldom is in modules of its own, loaded when it happens: joining a network (wifi), proving who one is (challenge),
what follows (welcome), how the board is (status), the shadow, remote calls (rpc), updates (ota), crash reports (log). What the
gateway asks by an event $name is done by the function of that name in the module of that name.
"""

import asyncio
import json
from random import getrandbits
from time import ticks_diff, ticks_ms

import machine
from usocketio.aclient import AsyncClient
from uwebsockets.lazy import forget, use


class Node(AsyncClient):
    """A board on the bus. cfg is what /cfg.json says:

    {"id": "lamp", "key": "64 hex digits", "urls": ["http://gateway.local:8090", ...], "wifi": [["ssid", "password"], ...]}

    desired is the document that the gateway wants to come true, version its number; see changed(). With watchdog, the chip resets
    the board when it hangs.
    """

    space = "/devices"
    change = wdt = nonce = None
    kept = None  # when the log was last written to flash, ms
    proved = welcome = False  # the gateway has shown that it knows our key; has let us in
    telling = False  # lines of the log are on their way
    lag = count = 0

    def __init__(self, cfg=None, watchdog=False, **options):
        super().__init__(**options)
        self.cfg = cfg or load("/cfg.json", {})
        self.desired, self.version, self.reported = load("/shadow.json", ({}, 0, {}))
        self.lines = []  # of the log, not sent yet
        if watchdog:
            self.wdt = machine.WDT()

    def changed(self, f):
        """Decorator: f is called with desired, after each change and at the start. What it returns is reported."""
        self.change = f
        return f

    def rpc(self, f):
        """Decorator: f can be called from the gateway, by its name; it gets the parameters, and returns the answer."""
        return self.on(f.__name__, f, "$rpc")

    async def report(self, **values):
        """Say what is: values are merged into the reported document. None takes a value out."""
        await self.use("shadow", "report", values)

    async def log(self, text, level="info"):
        """Send a line to the gateway."""
        await self.use("log", "line", level, text)

    def run(self, main=None):
        """Serve for ever; main is a coroutine that runs beside."""
        asyncio.run(self.serve(main))

    async def serve(self, main=None):
        if main:
            asyncio.create_task(self.answer(None, None, main))
        asyncio.create_task(self.tend(None))
        if self.change:
            await self.use("shadow", "apply")
        self.sids[self.space] = [None, None, None]
        n, delay = 0, 1
        while True:
            await self.use("wifi", "join")
            urls = self.cfg["urls"]
            try:
                await self.session(urls[n % len(urls)] + "/socket.io/?EIO=4&transport=websocket", None, self.who)
            except Exception as e:
                self.error = e
            if self.connected:
                delay = 1
                self.lost()
                forget("usocketio.more")
            else:
                n += 1  # perhaps it has another address now
            self.welcome = False
            await asyncio.sleep_ms(delay * 500 + getrandbits(16) * delay * 500 // 65536)
            delay = min(delay * 2, 30)

    async def tend(self, _):
        """Feed the watchdog, and say once a minute how the board is."""
        n = 0
        while True:
            before = ticks_ms()
            await asyncio.sleep_ms(1000)
            self.check()
            self.lag = max(self.lag, ticks_diff(ticks_ms(), before) - 1000)
            if self.wdt:
                self.wdt.feed()
            n += 1
            if n % 60 == 0 and self.connected:
                await self.answer(None, None, self.use("status", "health"))  # whatever it raises

    # --- what the gateway asks ------------------------------------------------------------------------------------------

    def who(self, _):
        from binascii import hexlify
        from os import urandom

        self.proved = False
        self.nonce = hexlify(urandom(16)).decode()
        return {"id": self.cfg["id"], "nonce": self.nonce}

    def ready(self):
        return self.welcome

    def dispatch(self, namespace, id, event, *args):
        if not self.proved and event not in ("$challenge", "connect_error"):
            return  # who is not our gateway is not obeyed
        if event[:1] == "$":
            self.welcome |= event == "$welcome"
            asyncio.create_task(self.answer(namespace, id, self.use(event[1:], event[1:], *args)))
        else:
            super().dispatch(namespace, id, event, *args)

    def failed(self, exception, event):
        super().failed(exception, event)
        asyncio.create_task(self.use("log", "crashed", exception))

    async def use(self, part, name, *args):
        """Call a function of a part of the agent, which is loaded for that."""
        return await use("node." + part, name, self, *args)


def load(name, default):
    """Return the JSON in a file, or default."""
    try:
        with open(name) as f:
            return json.load(f)
    except (OSError, ValueError):
        return default


def save(name, value):
    """Write value as JSON, so that a power cut leaves the old file or the new one."""
    with open(name + ".new", "w") as f:
        json.dump(value, f)
    from os import rename

    rename(name + ".new", name)
