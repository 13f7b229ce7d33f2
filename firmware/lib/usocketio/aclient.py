"""AsyncClient: one connection, several namespaces.

What a board does all day is here. What it does once, or seldom, is in opening.py and more.py, which are loaded when they are
needed: that leaves the sketch some kilobytes more.
"""

import asyncio
import sys
from time import ticks_diff, ticks_ms

from uwebsockets.lazy import forget, use

from .packet import decode, encode


class AsyncClient:
    """A Socket.IO client.

    reconnection_delay and reconnection_delay_max: seconds between tries, at first and at most; half of each wait is chance.
    max_size: bytes of the largest message taken. max_queue: packets that wait while there is no connection; the oldest give way
    and are counted in `dropped`. The methods of more.py belong to it too: connect, call, send, event, disconnect, wait, get_sid.
    """

    connected = False  # in every namespace
    dropped = 0
    error = None  # why there is no connection: an exception, or what the server said
    ws = None
    task = None
    up = None  # an Event: connected for the first time, or given up
    space = "/"  # the namespace that is meant where none is named
    dialler = "uwebsockets.handshake"  # the module whose dial() makes a WebSocket

    def __init__(
        self, reconnection=True, reconnection_delay=1, reconnection_delay_max=30, max_size=2048, max_queue=16, ssl=None
    ):
        self.again = reconnection
        self.delay = reconnection_delay, reconnection_delay_max
        self.size = max_size
        self.limit = max_queue
        self.ssl = ssl
        self.handlers = {}  # namespace -> event -> function
        self.sids = {}  # namespace -> [sid or None, pid, offset]
        self.acks = {}  # id -> function of the ack's arguments; of the client itself when the connection breaks
        self.asked = 0  # the id of the last ack asked for
        self.queue = []

    def __getattr__(self, name):
        if name[0] == "_":
            raise AttributeError(name)
        import usocketio.more as more

        f = getattr(more, name)
        return lambda *args, **kwargs: f(self, *args, **kwargs)

    def on(self, event, handler=None, namespace=None):
        """Call handler, a function or a coroutine function, for event; what it returns is the ack. Also a decorator.
        The event "*" is every other one, its name the first argument."""

        def register(f):
            self.handlers.setdefault(namespace or self.space, {})[event] = f
            return f

        return register(handler) if handler else register

    async def emit(self, event, data=None, namespace=None, callback=None):
        """Send an event. data: None for no argument, a tuple for several. callback is called with the ack's arguments. Without
        a connection the event waits in the queue."""
        id = None
        if callback:
            id = self.asked = self.asked + 1 & 0x3FFFFFFF  # never one whose ack may still come
            self.acks[id] = callback
        args = data if isinstance(data, tuple) else () if data is None else (data,)
        parts = encode(2, namespace or self.space, (event,) + args, id)
        if self.connected:
            try:
                return await self.put(parts)
            except OSError:
                pass  # it may not have gone out whole: it waits for the next connection
        if len(self.queue) >= self.limit:
            self.queue.pop(0)
            self.dropped += 1
        self.queue.append(parts)

    def ready(self):
        """Whether the connection may be used: every namespace let us in."""
        return all(s[0] for s in self.sids.values())

    def failed(self, exception, event):
        """Called with what a handler raised; replace it to send it somewhere."""
        sys.print_exception(exception)

    async def session(self, url, headers, auth):
        stream, _ = await asyncio.wait_for(use(self.dialler, "dial", url, None, headers, self.ssl), 20)
        forget("uwebsockets")
        ws = await asyncio.wait_for(use("usocketio.opening", "open", self, stream, auth), 15)
        try:
            while True:
                message = await ws.read()
                self.heard = ticks_ms()
                if not message or not await self.take(ws, message):
                    return
                message = None  # or it would be held while the next one comes
        finally:
            self.ws = None
            await ws.end(1000)

    def check(self):
        """Let go of a connection on which the server's heartbeat has stopped."""
        if self.connected and self.ws and ticks_diff(ticks_ms(), self.heard) > self.patience:
            self.error = "no heartbeat"
            asyncio.create_task(self.ws.abort())

    async def take(self, ws, message):
        """Take one packet of Engine.IO; return False at the end."""
        kind = message[0]
        if kind == 50:  # "2", the heartbeat
            message[0] = 51
            await ws.write(1, message)
        elif kind == 52:  # "4", a packet of Socket.IO
            kind, namespace, id, data, n = decode(message)
            if n:
                from .packet import fill

                parts = []
                while len(parts) < n:
                    part = await ws.read()
                    if part is None or ws.text:
                        raise ValueError("no attachment")
                    parts.append(part)
                data = fill(data, parts)
            session = self.sids.get(namespace)
            if not session:
                return True
            if kind == 2:
                if id is None and session[1] and len(data) > 1 and isinstance(data[-1], str):
                    session[2] = data[-1]  # where to go on after a break; alone, it may as well be the value
                    if len(data) > 2:
                        data.pop()
                self.dispatch(namespace, id, *data)
            elif kind == 3:
                f = self.acks.pop(id, None)
                if f:
                    self.guard(f, data)
            else:
                self.error = data and data["message"] or "closed by the server"
                return False
        return kind != 49  # "1", the end

    def dispatch(self, namespace, id, event, *args):
        """Call the handler of an event."""
        on = self.handlers.get(namespace, ())
        if event in on:
            answer = self.guard(on[event], args)
        elif "*" in on:
            answer = self.guard(on["*"], (event,) + args)
        else:
            return
        if answer is not None or id is not None:
            asyncio.create_task(self.answer(namespace, id, answer))

    def guard(self, f, args):
        try:
            return f(*args)
        except Exception as e:
            self.failed(e, f)

    async def answer(self, namespace, id, answer):
        """Wait for what a handler returns, if it is a coroutine, and send it if an ack was asked for."""
        try:
            if hasattr(answer, "send"):
                answer = await answer
            if id is not None and self.ws:
                if not isinstance(answer, tuple):
                    answer = () if answer is None else (answer,)
                await self.put(encode(3, namespace, answer, id))
        except OSError:
            pass  # the connection broke: nobody waits for this ack any more
        except Exception as e:
            self.failed(e, namespace)

    def put(self, parts):
        """Send a packet and its attachments; nothing comes between them. To be awaited. Raise OSError."""
        if not self.ws:
            raise OSError
        return self.ws.write(1, *parts)
