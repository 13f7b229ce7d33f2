"""connect(), and the connection that it gives: the API of `websockets`."""

import asyncio

from .closing import goodbye
from .exceptions import ConcurrencyError, ConnectionClosedError, ConnectionClosedOK
from .raw import Raw


class ClientConnection(Raw):
    """A WebSocket that is open. subprotocol is what the server chose of those offered, or None."""

    def __init__(self, stream, subprotocol, max_size, close_timeout):
        super().__init__(stream, max_size)
        self.subprotocol = subprotocol
        self._patience = close_timeout
        self._waiting = False  # a task is in recv()
        self._fetching = False
        self._inbox = asyncio.Event()
        self._message = None
        self._over = asyncio.Event()
        self._pong = None

    @property
    def close_code(self):
        return self.code or None

    @property
    def close_reason(self):
        return self.reason

    async def send(self, message):
        """Send a str as text, bytes as binary, a list of either as one message in fragments. Raise ConnectionClosed."""
        parts = message if isinstance(message, (list, tuple)) else (message,)
        op = 1 if isinstance(parts[0], str) else 2
        for i, part in enumerate(parts):
            await self._put(0 if i else op, part, 0x80 if i == len(parts) - 1 else 0)

    async def recv(self):
        """Return the next message: a str, or a bytearray. Raise ConnectionClosed when there will be none."""
        if self._waiting:
            raise ConcurrencyError()
        self._waiting = True
        try:
            if not self._fetching and not self._inbox.is_set():
                self._fetching = True
                asyncio.create_task(self._fetch())
            await self._inbox.wait()
        finally:
            self._waiting = False
        self._inbox.clear()
        message, self._message = self._message, None
        if message is None:
            raise self._closed()
        return message

    async def _fetch(self):
        """Read a message, in a task of its own: a recv() that is cancelled, as wait_for does, loses nothing of it."""
        try:
            message = None if self.code else await self.read()
            self._message = str(message, "utf-8") if message is not None and self.text else message
        except UnicodeError:
            await self.end(1007)
        except MemoryError:
            await self.end(1009)
        self._fetching = False
        self._inbox.set()

    async def ping(self, data=b""):
        """Send a ping, and return an awaitable that ends with the pong."""
        self._pong = asyncio.Event()
        await self._put(9, data)
        return self._pong.wait()

    async def pong(self, data=b""):
        """Send a pong that nobody asked for."""
        await self._put(10, data)

    async def close(self, code=1000, reason=""):
        """Say goodbye, wait for the server's, at most close_timeout seconds, and let go."""
        if not self.code:
            try:
                await asyncio.wait_for(self._part(code, reason), self._patience)
            except (OSError, asyncio.TimeoutError):
                pass
            await self.abort()

    async def wait_closed(self):
        """Wait until the connection is over."""
        await self._over.wait()

    async def control(self, op, data):
        if op == 10 and self._pong:
            self._pong.set()
        return await super().control(op, data)

    async def abort(self, code=1006, reason=""):
        await super().abort(code, reason)
        self._over.set()

    async def _put(self, op, data, fin=0x80):
        if self.said or self.code:
            raise self._closed()
        try:
            await self.write(op, data, fin=fin)
        except OSError:
            await self.abort()
            raise self._closed()

    async def _part(self, code, reason):
        await goodbye(self, code, reason)
        if self._fetching:
            await self._over.wait()
        while not self.code:
            await self.read()

    def _closed(self):
        code = self.code or 1000
        return (ConnectionClosedOK if code in (1000, 1001, 1005) else ConnectionClosedError)(code, self.reason)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        await self.close()

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.recv()
        except ConnectionClosedOK:
            raise StopAsyncIteration


class connect:
    """Open a WebSocket: `async with connect(uri) as ws`, or `ws = await connect(uri)`.

    uri: ws:// or wss://. subprotocols: names, the best first. additional_headers: a dict. ssl: an SSLContext, for wss.
    max_size: bytes of the largest message taken; a larger one ends the connection with code 1009. Timeouts are in seconds.
    Raise InvalidURI, InvalidHandshake, InvalidStatus, OSError, asyncio.TimeoutError.
    """

    def __init__(
        self, uri, subprotocols=None, additional_headers=None, ssl=None, max_size=2048, open_timeout=10, close_timeout=5
    ):
        self._request = uri, subprotocols, additional_headers, ssl
        self._max = max_size
        self._timeouts = open_timeout, close_timeout
        self._ws = None

    def __iter__(self):  # MicroPython awaits by iterating
        from .handshake import dial

        opening, closing = self._timeouts
        stream, subprotocol = yield from asyncio.wait_for(dial(*self._request), opening)
        self._ws = ClientConnection(stream, subprotocol, self._max, closing)
        return self._ws

    __await__ = __iter__

    async def __aenter__(self):
        return await self

    async def __aexit__(self, *exc):
        await self._ws.close()
