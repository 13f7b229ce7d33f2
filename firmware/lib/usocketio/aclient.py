"""AsyncClient: one connection, several namespaces, and the will to come back."""

import asyncio
import json
import sys
from random import getrandbits
from time import ticks_diff, ticks_ms

from micropython import const

from uwebsockets.connection import connect
from uwebsockets.exceptions import WebSocketException

from .packet import decode, encode, fill

_CONNECT = const(0)
_DISCONNECT = const(1)
_EVENT = const(2)
_ACK = const(3)
_REFUSED = const(4)


class ConnectionError(Exception):
    """The server refused, or was not there; the argument says which."""


class TimeoutError(Exception):
    """An ack did not come in time."""


class DisconnectedError(Exception):
    """The connection broke before the ack came."""


class AsyncClient:
    """A Socket.IO client.

    reconnection_delay and reconnection_delay_max are seconds; half of each wait is chance. max_size: bytes of the largest
    message taken. max_queue: how many packets wait while there is no connection; the oldest give way and are counted in
    `dropped`.
    """

    def __init__(
        self, reconnection=True, reconnection_delay=1, reconnection_delay_max=30, max_size=2048, max_queue=16, ssl=None
    ):
        self.connected = False  # every namespace is
        self.dropped = 0
        self.error = None  # why the last connection ended
        self._reconnection = reconnection
        self._delay = (reconnection_delay, reconnection_delay_max)
        self._max_size = max_size
        self._max_queue = max_queue
        self._ssl = ssl
        self._handlers = {}  # namespace -> event -> function
        self._sessions = {}  # namespace -> [sid or None, pid, offset]
        self._acks = {}  # id -> [Event, answer]
        self._id = 0
        self._queue = []
        self._ws = None
        self._sending = asyncio.Lock()
        self._up = asyncio.Event()
        self._task = None
        self._tries = 0

    # --- what a sketch says ---------------------------------------------------------------------------------------------

    def on(self, event, handler=None, namespace="/"):
        """Call handler, a function or a coroutine function, for event; what it returns is the ack. Also a decorator."""

        def register(handler):
            self._handlers.setdefault(namespace, {})[event] = handler
            return handler

        return register(handler) if handler else register

    def event(self, handler=None, namespace="/"):
        """Decorator: the function's name is the event's."""
        if handler is None:
            return lambda f: self.event(f, namespace)
        return self.on(handler.__name__, handler, namespace)

    async def connect(
        self, url, headers=None, auth=None, namespaces=None, socketio_path="socket.io", wait=True, wait_timeout=10
    ):
        """Connect to url (http, https, ws or wss) and keep connected. namespaces: a name or a list; by default those that have
        handlers. auth: a value, or a function of the namespace that returns one. Raise ConnectionError.

        With wait=False it returns at once and tries for ever, which is what a board wants.
        """
        if self._task:
            raise ConnectionError("already connected")
        if isinstance(namespaces, str):
            namespaces = (namespaces,)
        for name in namespaces or self._handlers or ("/",):
            self._sessions[name] = [None, None, None]
        url = url.rstrip("/") + "/" + socketio_path.strip("/") + "/?EIO=4&transport=websocket"
        self._auth = auth
        self._task = asyncio.create_task(self._run(url, headers, wait))
        if wait:
            try:
                await asyncio.wait_for(self._up.wait(), wait_timeout)
            except asyncio.TimeoutError:
                self.error = "timeout"
            if not self.connected:
                await self.disconnect()
                raise ConnectionError(self.error)

    async def emit(self, event, data=None, namespace="/", callback=None):
        """Send an event. data: None for no argument, a tuple for several. Without a connection it waits in the queue.
        callback, a function, gets the ack's arguments."""
        id = None
        if callback:
            id = self._next()
            self._acks[id] = callback
        await self._send(_EVENT, namespace, _arguments(event, data), id)

    async def send(self, data, namespace="/"):
        """Send the event `message`."""
        await self.emit("message", data, namespace)

    async def call(self, event, data=None, namespace="/", timeout=10):
        """Send an event and return its ack: None, a value, or a list of several. Raise TimeoutError, DisconnectedError."""
        id = self._next()
        wait = self._acks[id] = [asyncio.Event(), None]
        try:
            await self._send(_EVENT, namespace, _arguments(event, data), id)
            await asyncio.wait_for(wait[0].wait(), timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(event)
        finally:
            self._acks.pop(id, None)
        if wait[1] is None:
            raise DisconnectedError(event)
        return wait[1] if len(wait[1]) > 1 else wait[1][0] if wait[1] else None

    async def disconnect(self):
        """Close the connection and do not come back."""
        task, self._task = self._task, None
        if task:
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass

    async def wait(self):
        """Wait until the connection is over for good."""
        if self._task:
            await self._task

    def get_sid(self, namespace="/"):
        """Return the session id in a namespace, or None."""
        return self._sessions[namespace][0]

    @property
    def sid(self):
        return self.get_sid()

    def failed(self, exception, event):
        """Called with what a handler raised; replace it to send it somewhere."""
        sys.print_exception(exception)

    # --- the life of a connection ---------------------------------------------------------------------------------------

    async def _run(self, url, headers, once):
        while True:
            try:
                await self._session(url, headers)
            except Exception as e:  # whatever the server sent: the remedy is the same
                self.error = e
            if not self._reconnection or once and not self._up.is_set():
                self._up.set()  # connect() waits for it
                return
            await asyncio.sleep_ms(self._backoff())

    def _backoff(self):
        """Milliseconds to the next try: twice as many each time, half of it by chance."""
        low, high = self._delay
        delay = min(low << self._tries, high) * 1000
        self._tries = min(self._tries + 1, 8)
        return int(delay // 2 + getrandbits(16) % (delay // 2 + 1))

    async def _session(self, url, headers):
        ws = await connect(url, additional_headers=headers, max_size=self._max_size, ssl=self._ssl)
        watchdog = None
        try:
            hello = json.loads((await asyncio.wait_for(ws.recv(), 10))[1:])
            self._patience = hello["pingInterval"] + hello["pingTimeout"]
            self._heard = ticks_ms()
            watchdog = asyncio.create_task(self._watch(ws))
            self._ws = ws
            for name in self._sessions:
                await self._enter(name)
            while True:
                message = await ws.recv()
                self._heard = ticks_ms()
                if not await self._engine(ws, message):
                    return
                message = None  # or it would still be held while the next one comes
        finally:
            if watchdog:
                watchdog.cancel()
            self._ws = None
            await self._down()
            await ws.close()

    async def _watch(self, ws):
        """Close a connection on which the server's heartbeat has stopped."""
        while True:
            await asyncio.sleep_ms(self._patience >> 2)
            if ticks_diff(ticks_ms(), self._heard) > self._patience:
                await ws.abort("no heartbeat")

    async def _enter(self, name):
        auth = self._auth(name) if callable(self._auth) else self._auth
        session = self._sessions[name]
        if session[1]:
            auth = dict(auth or {})
            auth["pid"], auth["offset"] = session[1], session[2]
        await self._put(*encode(_CONNECT, name, auth))

    async def _engine(self, ws, message):
        """Take one Engine.IO packet; return False at the end."""
        kind = message[:1]
        if kind == "2":
            await ws.send("3" + message[1:])
        elif kind == "4":
            p = decode(message[1:])
            if p[4]:
                parts = []
                while len(parts) < p[4]:
                    part = await ws.recv()
                    if isinstance(part, str):
                        raise ValueError("attachment")
                    parts.append(part)
                p[3] = fill(p[3], parts)
            return await self._packet(*p)
        return kind != "1"

    async def _packet(self, kind, namespace, id, data, _):
        session = self._sessions.get(namespace)
        if session is None:
            return True
        if kind == _EVENT:
            if id is None and session[1] and len(data) > 1 and isinstance(data[-1], str):
                session[2] = data.pop()  # where to go on after a break
            self._event(namespace, id, data)
        elif kind == _ACK:
            self._answer(id, data)
        elif kind == _CONNECT:
            session[0], session[1] = data["sid"], data.get("pid")
            await self._entered(namespace)
        elif kind == _REFUSED:
            self.error = data.get("message") if isinstance(data, dict) else data
            self._event(namespace, None, ["connect_error", data])
            return False
        elif kind == _DISCONNECT:
            self.error = "the server closed " + namespace
            return False
        return True

    async def _entered(self, namespace):
        self._event(namespace, None, ["connect"])
        if all(s[0] for s in self._sessions.values()):
            self.connected = True
            self._tries = 0
            self._up.set()
            while self._queue and self._ws:
                await self._put(*self._queue.pop(0))

    async def _down(self):
        was, self.connected = self.connected, False
        for session in self._sessions.values():
            session[0] = None
        for id in list(self._acks):
            wait = self._acks.pop(id)
            if isinstance(wait, list):
                wait[0].set()
        if was:
            for namespace in self._sessions:
                self._event(namespace, None, ["disconnect"])

    # --- events, acks, the wire -----------------------------------------------------------------------------------------

    def _event(self, namespace, id, data):
        handlers = self._handlers.get(namespace, {})
        handler = handlers.get(data[0])
        if handler is None:
            handler = handlers.get("*")
            if handler is None or data[0] in ("connect", "disconnect", "connect_error"):
                return
        else:
            data.pop(0)
        try:
            answer = handler(*data)
            if hasattr(answer, "send"):  # a coroutine: it may take its time, others go on
                asyncio.create_task(self._finish(namespace, id, answer, handler))
            elif id is not None:
                asyncio.create_task(self._acknowledge(namespace, id, answer))
        except Exception as e:
            self.failed(e, handler)

    async def _finish(self, namespace, id, answer, handler):
        try:
            answer = await answer
        except Exception as e:
            self.failed(e, handler)
            return
        if id is not None:
            await self._acknowledge(namespace, id, answer)

    async def _acknowledge(self, namespace, id, answer):
        if answer is None:
            answer = ()
        elif not isinstance(answer, tuple):
            answer = (answer,)
        if self._sessions[namespace][0]:  # an ack for a connection that is gone has no reader
            try:
                await self._put(*encode(_ACK, namespace, answer, id))
            except (OSError, WebSocketException):
                pass

    def _answer(self, id, data):
        wait = self._acks.pop(id, None)
        if isinstance(wait, list):
            wait[1] = data or []
            wait[0].set()
        elif wait:
            try:
                wait(*data or ())
            except Exception as e:
                self.failed(e, "ack")

    def _next(self):
        self._id = (self._id + 1) & 0x7FFF
        return self._id

    async def _send(self, kind, namespace, data, id):
        encoded = encode(kind, namespace, data, id)
        if self.connected or self._ws and self._sessions[namespace][0]:
            try:
                return await self._put(*encoded)
            except (OSError, WebSocketException):
                pass  # it may not have gone out whole: it waits for the next connection
        if len(self._queue) >= self._max_queue:
            self._queue.pop(0)
            self.dropped += 1
        self._queue.append(encoded)

    async def _put(self, text, attachments):
        async with self._sending:  # nothing may come between a packet and its attachments
            ws = self._ws
            if not ws:
                raise OSError("not connected")
            await ws.send("4" + text)
            for part in attachments:
                await ws.send(part)


def _arguments(event, data):
    if data is None:
        return (event,)
    return (event,) + (data if isinstance(data, tuple) else (data,))
