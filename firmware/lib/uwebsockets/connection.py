"""The asyncio client: connect() and the connection it gives."""

import asyncio

from micropython import const

from .exceptions import ConcurrencyError, ConnectionClosed, ConnectionClosedError, ConnectionClosedOK
from .frames import closed, closing, encode, fault

_CONT = const(0)
_TEXT = const(1)
_BINARY = const(2)
_CLOSE = const(8)
_PING = const(9)
_PONG = const(10)


class ClientConnection:
    """A WebSocket that is open. Made by connect()."""

    def __init__(self, stream, subprotocol, max_size, close_timeout):
        self.subprotocol = subprotocol
        self.close_code = None  # set once it is closed
        self.close_reason = ""
        self.max_size = max_size
        self.close_timeout = close_timeout
        self._stream = stream
        self._sending = asyncio.Lock()
        self._said = False  # our close frame is out
        self._reading = False
        self._over = asyncio.Event()
        self._pong = None

    async def send(self, message):
        """Send a str as text, bytes as binary, a list of either as one message in fragments. Raise ConnectionClosed."""
        if self._said or self._over.is_set():
            raise self._error()
        if isinstance(message, (list, tuple)):
            opcode = None
            for i, part in enumerate(message):
                opcode = _CONT if i else _TEXT if isinstance(part, str) else _BINARY
                await self._write(opcode, part, i == len(message) - 1)
        else:
            await self._write(_TEXT if isinstance(message, str) else _BINARY, message)

    async def recv(self):
        """Return the next message: a str, or a bytearray. Raise ConnectionClosed when there will be none."""
        if self._reading:
            raise ConcurrencyError()
        if self._over.is_set():
            raise self._error()
        self._reading = True
        try:
            return await self._message()
        except (OSError, EOFError):
            await self._finish(1006, "")
            raise self._error()
        finally:
            self._reading = False

    async def ping(self, data=b""):
        """Send a ping; return an awaitable that ends with the pong."""
        self._pong = asyncio.Event()
        await self._write(_PING, data)
        return self._pong.wait()

    async def pong(self, data=b""):
        """Send a pong nobody asked for."""
        await self._write(_PONG, data)

    async def close(self, code=1000, reason=""):
        """Say goodbye, wait for the server's goodbye, at most close_timeout seconds, and close."""
        if self._over.is_set():
            return
        try:
            await asyncio.wait_for(self._goodbye(code, reason), self.close_timeout)
        except (OSError, EOFError, ConnectionClosed, asyncio.TimeoutError):
            pass
        await self._finish(1006, "")

    async def abort(self, reason=""):
        """Close without a goodbye: the server is not there to hear it."""
        await self._finish(1006, reason)

    async def wait_closed(self):
        """Wait until the connection is over."""
        await self._over.wait()

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

    async def _message(self):
        kind, message = None, None
        while True:
            head, data = await self._frame(0 if message is None else len(message))
            opcode = head & 15
            if opcode > 7:
                await self._control(opcode, data)
                continue
            if (opcode == 0) == (message is None):
                await self._fail(1002, "fragments out of order")
            if message is None:
                kind, message = opcode, data
            else:
                message.extend(data)
            if head & 0x80:
                return message if kind == _BINARY else await self._text(message)

    async def _text(self, message):
        try:
            return str(message, "utf-8")
        except UnicodeError:
            await self._fail(1007, "not UTF-8")

    async def _frame(self, before):
        head = await self._exactly(2)
        wrong = fault(head)
        if wrong:
            await self._fail(1002, wrong)
        size = head[1]
        if size > 125:
            size = int.from_bytes(await self._exactly(2 if size == 126 else 8), "big")
        if size + before > self.max_size and head[0] & 15 < 8:
            await self._fail(1009, "")
        return head[0], await self._exactly(size)

    async def _exactly(self, size):
        data = bytearray(size)
        view = memoryview(data)
        at = 0
        while at < size:
            n = await self._stream.readinto(view[at:])
            if n == 0:
                raise EOFError
            at += n or 0
        return data

    async def _control(self, opcode, data):
        if opcode == _PING:
            await self._write(_PONG, data)
        elif opcode == _PONG:
            if self._pong:
                self._pong.set()
        else:
            code, reason = closed(data)
            try:
                await self._say(1000 if code == 1005 else code)
            except OSError:
                pass  # the server did not wait for our goodbye
            await self._finish(code, reason)
            raise self._error()

    async def _write(self, opcode, data, fin=True):
        if isinstance(data, str):
            data = data.encode()
        async with self._sending:
            try:
                self._stream.write(encode(opcode, data, fin))
                if self._stream.out_buf:  # the usual frame went out as a whole
                    await self._stream.drain()
            except OSError:
                await self._finish(1006, "")
                raise self._error()

    async def _say(self, code, reason=""):
        if not self._said:
            self._said = True
            await self._write(_CLOSE, closing(code, reason))

    async def _goodbye(self, code, reason):
        await self._say(code, reason)
        if self._reading:
            await self._over.wait()
        while not self._over.is_set():
            await self.recv()

    async def _fail(self, code, reason):
        try:
            await asyncio.wait_for(self._say(code, reason), self.close_timeout)
        except (OSError, asyncio.TimeoutError, ConnectionClosed):
            pass
        await self._finish(code, reason)
        raise self._error()

    async def _finish(self, code, reason):
        if not self._over.is_set():
            self.close_code, self.close_reason = code, reason
            self._over.set()
            self._stream.close()
            await self._stream.wait_closed()

    def _error(self):
        code = self.close_code or 1000
        kind = ConnectionClosedOK if code in (1000, 1001) else ConnectionClosedError
        return kind(code, self.close_reason)


class connect:
    """Open a WebSocket: `async with connect(uri) as ws` or `ws = await connect(uri)`.

    uri: ws:// or wss://. subprotocols: names, best first. additional_headers: a dict. ssl: an SSLContext, or True, for wss.
    max_size: bytes of the largest message taken; a larger one ends the connection with code 1009. Timeouts are in seconds.
    Raise InvalidURI, InvalidHandshake, InvalidStatus, OSError, asyncio.TimeoutError.
    """

    def __init__(
        self, uri, subprotocols=None, additional_headers=None, ssl=None, max_size=2048, open_timeout=10, close_timeout=5
    ):
        self._uri = uri
        self._subprotocols = subprotocols
        self._headers = additional_headers
        self._ssl = ssl
        self._max_size = max_size
        self._open_timeout = open_timeout
        self._close_timeout = close_timeout
        self._ws = None

    async def _open(self):
        from .handshake import Answer, parse, request

        secure, host, port, path = parse(self._uri)
        if secure:
            stream, _ = await asyncio.open_connection(host, port, self._ssl or True, host)
        else:
            stream, _ = await asyncio.open_connection(host, port)
        try:
            data, accept = request(host, port, path, self._subprotocols, self._headers)
            stream.write(data)
            await stream.drain()
            answer = Answer(accept, self._subprotocols)
            while not answer.line(await stream.readline()):
                pass
        except BaseException:
            stream.close()
            await stream.wait_closed()
            raise
        return ClientConnection(stream, answer.subprotocol, self._max_size, self._close_timeout)

    def __iter__(self):  # MicroPython awaits by iterating
        self._ws = yield from asyncio.wait_for(self._open(), self._open_timeout)
        return self._ws

    __await__ = __iter__

    async def __aenter__(self):
        return await self

    async def __aexit__(self, *exc):
        await self._ws.close()
