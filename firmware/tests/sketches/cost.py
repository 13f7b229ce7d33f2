# 1,000 events of 100 bytes in, each answered by one out, without a network: what they leave to be collected.
import asyncio
import gc
from binascii import b2a_base64
from hashlib import sha1

from usocketio import AsyncClient

FIRST, LAST = 50, 1050  # before the first, what is made once is made
TEXT = "x" * 100


def frame(text):
    n = len(text)
    return bytes([0x81, n] if n < 126 else [0x81, 126, n >> 8, n & 255]) + text.encode()


class Stream:
    """A server that says the same event again and again. It allocates nothing while it is measured."""

    out_buf = b""
    data = b""
    at = events = written = 0
    event = frame('42["x","%s"]' % TEXT)

    def write(self, data):
        if data[:3] == b"GET":
            key = data.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
            accept = b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1]
            self.lines = [b"HTTP/1.1 101 \r\n", b"Upgrade: websocket\r\n", b"Connection: Upgrade\r\n", b"\r\n"]
            self.lines.insert(1, b"Sec-WebSocket-Accept: " + accept + b"\r\n")
            self.data = frame('0{"pingInterval":25000,"pingTimeout":20000}') + frame('40{"sid":"s"}')
        else:
            self.written += 1

    async def drain(self):
        pass

    async def readline(self):
        return self.lines.pop(0)

    async def readinto(self, b):
        if self.at == len(self.data):
            await asyncio.sleep_ms(0)  # lets the answer go out
            self.next()
        n = min(len(b), len(self.data) - self.at)
        for i in range(n):
            b[i] = self.data[self.at + i]
        self.at += n
        return n

    def next(self):
        self.data, self.at = self.event, 0
        self.events += 1
        if self.events == FIRST:
            self.before = gc.mem_alloc(), self.written
        if self.events == LAST:
            before, written = self.before
            print("COST", gc.mem_alloc() - before, LAST - FIRST, self.written - written)
            raise SystemExit(0)

    def close(self):
        pass

    async def wait_closed(self):
        pass


async def dial(*args):
    stream = Stream()
    return stream, stream


async def main():
    asyncio.open_connection = dial
    sio = AsyncClient()

    @sio.on("x")
    async def x(value):
        await sio.emit("y", value)

    await sio.connect("http://server")
    await sio.wait()


asyncio.run(main())
