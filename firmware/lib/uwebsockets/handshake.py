"""The HTTP side of a WebSocket: the address, the upgrade, and what the server has to answer."""

from binascii import b2a_base64
from hashlib import sha1
from os import urandom


def cut(text, at):
    """Split text at the first occurrence of at. (The chip has no str.partition.)"""
    i = text.find(at)
    return (text, "") if i < 0 else (text[:i], text[i + len(at) :])


def parse(uri):
    """Split ws://host:port/path?query into (secure, host, port, path). http and https will do. Raise InvalidURI."""
    scheme, rest = cut(uri, "://")
    end = min(i for i in (rest.find("/"), rest.find("?"), len(rest)) if i >= 0)
    host, port = cut(rest[:end], ":")
    path = rest[end:]
    secure = scheme in ("wss", "https")
    if not host or not secure and scheme not in ("ws", "http") or port and not port.isdigit():
        raise fault("InvalidURI", uri)
    return secure, host, int(port or (443 if secure else 80)), path if path[:1] == "/" else "/" + path


def request(host, port, path, subprotocols=None, headers=None):
    """Return (the bytes of the upgrade request, what Sec-WebSocket-Accept has to be)."""
    key = b2a_base64(urandom(16))[:-1]
    more = ""
    if subprotocols:
        more = "Sec-WebSocket-Protocol: %s\r\n" % ", ".join(subprotocols)
    for name in headers or ():
        more += "%s: %s\r\n" % (name, headers[name])
    accept = b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1]
    return (
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n" % (path, host, port, key.decode(), more)
    ).encode(), accept.decode()


def status(line):
    """Check the first line of the answer. Raise InvalidHandshake, InvalidStatus."""
    parts = line.split(None, 2)
    if len(parts) < 2 or parts[0][:7] != b"HTTP/1.":
        raise fault("InvalidHandshake", "no HTTP answer")
    if parts[1] != b"101":
        raise fault("InvalidStatus", int(parts[1]) if parts[1].isdigit() else 0)


def header(line, accept, offered):
    """Take a header; return (the bit of that one of the three that must come, the subprotocol or None). Raise InvalidHandshake."""
    name, value = cut(line.decode(), ":")
    name, value = name.lower(), value.strip()
    if name == "upgrade" and value.lower() == "websocket":
        return 1, None
    if name == "connection" and "upgrade" in value.lower():
        return 2, None
    if name == "sec-websocket-accept" and value == accept:
        return 4, None
    if name == "sec-websocket-protocol" and value in (offered or ()):
        return 0, value
    if name[:14] == "sec-websocket-" and name != "sec-websocket-version":
        raise fault("InvalidHandshake", name)
    return 0, None


async def dial(uri, subprotocols=None, headers=None, ssl=None):
    """Connect and upgrade; return (stream, the subprotocol or None)."""
    import asyncio

    secure, host, port, path = parse(uri)
    stream, _ = await (asyncio.open_connection(host, port, ssl or True, host) if secure else asyncio.open_connection(host, port))
    try:
        return stream, await upgrade(stream, host, port, path, subprotocols, headers)
    except BaseException:
        stream.close()
        await stream.wait_closed()
        raise


async def upgrade(stream, host, port, path, subprotocols=None, headers=None):
    """Make a stream a WebSocket; return the subprotocol or None."""
    data, accept = request(host, port, path, subprotocols, headers)
    stream.write(data)
    await stream.drain()
    status(await stream.readline())
    seen, subprotocol = 0, None
    while True:
        line = await stream.readline()
        if not line.strip():
            break
        bit, chosen = header(line, accept, subprotocols)
        seen |= bit
        subprotocol = chosen or subprotocol
    if seen != 7 or not line:
        raise fault("InvalidHandshake", "incomplete")
    return subprotocol


def fault(name, value):
    import uwebsockets.exceptions as exceptions

    return getattr(exceptions, name)(value)
