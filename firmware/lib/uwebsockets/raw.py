"""Frames and messages over a stream: RFC 6455 as a client speaks it, and nothing that a board can do without.

connection.py gives it the manners of `websockets`; usocketio stands on it directly.
"""

import asyncio
from os import urandom

from .lazy import use


def frame(op, data, fin=0x80):
    """Return one masked frame, as a bytearray. data is a str or bytes-like."""
    data = memoryview(data)
    n = len(data)
    at = 6 if n < 126 else 8 if n < 65536 else 14
    b = bytearray(at + n)
    b[0] = op | fin
    b[1] = 0x80 | n if at == 6 else 0xFE if at == 8 else 0xFF
    if at > 6:
        b[2 : at - 4] = n.to_bytes(at - 6, "big")
    mask = b[at - 4 : at] = urandom(4)
    for i in range(n):
        b[at + i] = data[i] ^ mask[i & 3]
    return b


class Raw:
    """An open WebSocket. code and reason say how it ended; code is 0 as long as it is open."""

    code = 0
    reason = ""
    said = False  # our goodbye is out
    busy = False  # frames are on their way
    text = False  # the message read last came as text

    def __init__(self, stream, size):
        self.stream = stream
        self.size = size  # bytes of the largest message taken

    async def read(self):
        """Return the next message, a bytearray also if it is text, or None when there will be none. One task at a time."""
        message = None
        try:
            while True:
                head = await self.exactly(2)
                op, n = head[0] & 15, head[1]
                if n > 125 and n < 128 and op < 8:
                    n = int.from_bytes(await self.exactly(2 if n == 126 else 8), "big")
                if (
                    head[0] & 0x70
                    or head[1] > 127
                    or (op == 0) == (message is None)
                    and op < 3
                    or 2 < op < 8
                    or op > 10
                    or op > 7
                    and (n > 125 or head[0] < 0x80)
                ):
                    return await self.end(1002, "bad frame")
                if op < 8 and n + len(message or "") > self.size:
                    return await self.end(1009)
                data = await self.exactly(n)
                if op > 7:
                    if await self.control(op, data):
                        return
                    continue
                if op:
                    self.text = op == 1
                    message = data
                else:
                    message.extend(data)
                if head[0] & 0x80:
                    return message
        except OSError:
            await self.abort()

    async def write(self, op, *parts, fin=0x80):
        """Send each part as a frame, nothing between them, all but the first as binary. Raise OSError."""
        while self.busy:  # an asyncio.Lock takes 500 bytes, and 150 each time
            await asyncio.sleep_ms(5)
        self.busy = True
        try:
            for part in parts:
                if not self.stream:
                    raise OSError
                self.stream.write(frame(op, part, fin))
                if self.stream.out_buf:  # the usual frame went out as a whole
                    await self.stream.drain()
                op = 2
        finally:
            self.busy = False

    async def control(self, op, data):
        """Take a ping, a pong or a goodbye; return True after a goodbye."""
        if op == 9:
            await self.write(10, data)
        elif op == 8:
            await use("uwebsockets.closing", "closed", self, data)
            return True

    async def end(self, code, reason=""):
        """Say goodbye and let go of the stream."""
        await use("uwebsockets.closing", "end", self, code, reason)

    async def abort(self, code=1006, reason=""):
        """Let go of the stream without a word."""
        stream, self.stream = self.stream, None
        if stream:
            self.code = code
            self.reason = reason
            stream.close()
            await stream.wait_closed()

    async def exactly(self, n):
        """Return n bytes, a bytearray. Raise OSError."""
        b = bytearray(n)
        at = 0
        while at < n:
            k = self.stream and await self.stream.readinto(memoryview(b)[at:] if at else b)
            if k == 0 or not self.stream:
                raise OSError
            at += k or 0
        return b
