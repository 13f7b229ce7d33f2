"""Opens by long-polling and moves to a WebSocket then, for networks where a WebSocket does not get through at once.

    import usocketio.polling

is all: every AsyncClient opens that way from then on.
"""

import asyncio
import json

from uwebsockets.handshake import cut, parse
from uwebsockets.handshake import dial as websocket
from uwebsockets.lazy import forget
from uwebsockets.raw import Raw

from .aclient import AsyncClient

AsyncClient.dialler = __name__


async def dial(url, subprotocols, headers, ssl):
    """Return (the stream of a WebSocket that a session has moved to, None). What the server said at first comes from it first,
    as if it had been said there. Raise OSError, ValueError, what uwebsockets.handshake.dial raises, asyncio.TimeoutError."""
    forget("uwebsockets.handshake")  # once this is forgotten, too
    said = await get(url.replace("=websocket", "=polling"), headers, ssl)
    url += "&sid=" + json.loads(said[1:])["sid"]
    for pause in (1, 2, 0):
        try:
            return await asyncio.wait_for(move(url, headers, ssl, said), 4), None
        except Exception:
            if not pause:
                raise
        await asyncio.sleep(pause)


async def get(url, headers, ssl):
    """Return the body of the answer. Raise OSError."""
    secure, host, port, path = parse(url)
    stream, _ = await (asyncio.open_connection(host, port, ssl or True, host) if secure else asyncio.open_connection(host, port))
    try:
        more = "".join("%s: %s\r\n" % (name, headers[name]) for name in headers or ())
        stream.write(("GET %s HTTP/1.0\r\nHost: %s:%d\r\n%s\r\n" % (path, host, port, more)).encode())
        await stream.drain()
        head, body = cut((await stream.read(-1)).decode(), "\r\n\r\n")
    finally:
        stream.close()
        await stream.wait_closed()
    if head[8:13] != " 200 ":
        raise OSError(head[:12])
    return body


async def move(url, headers, ssl, said):
    """Move the session to a WebSocket, and return its stream."""
    stream, _ = await websocket(url, None, headers, ssl)
    try:
        ws = Raw(stream, 125)
        await ws.write(1, "2probe")
        if await ws.read() != b"3probe":
            raise OSError(ws.code, "no probe")
        await ws.write(1, "5")
    except BaseException:
        stream.close()
        await stream.wait_closed()
        raise
    replay(stream, bytes([0x81, 126, len(said) >> 8, len(said) & 255]) + said.encode())
    return stream


def replay(stream, data):
    """Let a stream give data before what it has."""
    at = 0

    async def readinto(b):
        nonlocal at
        n = min(len(b), len(data) - at)
        b[:n] = data[at : at + n]
        at += n
        if at == len(data):
            del stream.readinto
        return n

    stream.readinto = readinto
