"""The blocking WebSocket of 2016, for sketches without asyncio.

    with uwebsockets.client.connect("ws://gateway.local:8090/echo") as ws:
        ws.send("hello")
        print(ws.recv())

It is the WebSocket of raw.py on a stream that never lets another task run.
"""

import socket

from .lazy import forget
from .raw import Raw

PATIENCE = 10  # seconds for what the server has begun: its answer to the upgrade, a frame
SIZE = 8192  # bytes of the largest message taken


class Late(Exception):
    """No message began in time; the argument is the OSError that says so."""


class Stream:
    """A blocking socket, as raw.py and handshake.py want it."""

    out_buf = b""
    first = b""  # a byte that was waited for

    def __init__(self):
        self.sock = socket.socket()
        self.sock.settimeout(PATIENCE)

    def wait(self, timeout):
        """Wait for the next byte. Raise OSError."""
        if not self.first:
            self.sock.settimeout(timeout)
            self.first = self.sock.read(1)
            if self.first is None:
                raise OSError(11)
            self.sock.settimeout(PATIENCE)

    def write(self, data):
        self.sock.write(data)

    async def drain(self):
        pass

    async def readline(self):
        return self.sock.readline()

    async def readinto(self, b):
        if not self.first:
            return self.sock.readinto(b)
        b[0] = self.first[0]
        self.first = b""
        return 1

    def close(self):
        self.sock.close()

    async def wait_closed(self):
        pass


class Websocket(Raw):
    """An open WebSocket; `open` says whether it still is."""

    timeout = None

    @property
    def open(self):
        return not self.code

    def settimeout(self, timeout):
        """Let recv() wait for so many seconds at most; None is for ever."""
        self.timeout = timeout

    def send(self, data):
        """Send a str as text, bytes as binary. Raise OSError."""
        now(self.write(1 if isinstance(data, str) else 2, data))

    def recv(self):
        """Return the next message, a str or bytes; None after the server's goodbye, "" when the connection broke. Raise OSError
        when none has begun in time, or when there is no connection."""
        message = self.fetch()
        if message is None:
            return "" if self.code == 1006 else None
        return str(message, "utf-8") if self.text else bytes(message)

    def fetch(self):
        """Return the next message as it came, a bytearray, or None. Raise OSError."""
        try:
            self.wait()
            return now(self.read())
        except Late as e:
            raise e.args[0]
        except MemoryError:
            now(self.end(1009))

    def wait(self):
        """Wait until a frame begins. Raise Late."""
        try:
            if not self.stream:
                raise OSError(107)
            self.stream.wait(self.timeout)
        except OSError as e:
            if e.errno not in (11, 110, 116):  # not for the time: it broke
                now(self.abort())
            raise Late(e)

    async def control(self, op, data):
        if await super().control(op, data):
            return True
        self.wait()

    def close(self, code=1000, reason=""):
        """Say goodbye and let go."""
        now(self.end(code, reason))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def connect(uri):
    """Connect to ws://host:port/path. Raise InvalidURI, InvalidHandshake, InvalidStatus, OSError."""
    import uwebsockets.handshake as handshake

    secure, host, port, path = handshake.parse(uri)
    if secure:
        raise handshake.fault("InvalidURI", uri)  # there was no TLS for it in 2016 either
    stream = Stream()
    try:
        stream.sock.connect(socket.getaddrinfo(host, port)[0][-1])
        now(handshake.upgrade(stream, host, port, path))
    except BaseException:
        stream.close()
        raise
    finally:
        forget("uwebsockets.handshake")
    return Websocket(stream, SIZE)


def now(coroutine):
    """Run a coroutine that waits for no task, and return what it returns."""
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value
    raise OSError(16)  # busy: an interrupt has come in the middle of a frame
