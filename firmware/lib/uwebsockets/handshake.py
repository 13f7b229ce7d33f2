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
    address = rest.replace("?", "/").split("/", 1)[0]
    path = rest[len(address) :]
    host, port = cut(address, ":")
    secure = scheme in ("wss", "https")
    if not host or not secure and scheme not in ("ws", "http") or port and not port.isdigit():
        raise fault("InvalidURI", uri)
    return secure, host, int(port or (443 if secure else 80)), path if path[:1] == "/" else "/" + path


def request(host, port, path, subprotocols=None, headers=None):
    """Return (the bytes of the upgrade request, what Sec-WebSocket-Accept has to be)."""
    key = b2a_base64(urandom(16))[:-1]
    accept = b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1]
    more = dict(headers or {})
    if subprotocols:
        more["Sec-WebSocket-Protocol"] = ", ".join(subprotocols)
    return (
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n"
        % (path, host, port, key.decode(), "".join("%s: %s\r\n" % h for h in more.items()))
    ).encode(), accept.decode()


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
    line = await stream.readline()
    if line[:7] != b"HTTP/1.":
        raise fault("InvalidHandshake", "no HTTP answer")
    status = line[9:12]
    if status != b"101":
        raise fault("InvalidStatus", int(status) if status.isdigit() else 0)
    due = {"upgrade": "websocket", "connection": "upgrade", "sec-websocket-accept": accept}
    subprotocol = None
    while True:
        line = await stream.readline()
        if not line.strip():
            break
        name, value = cut(line.decode(), ":")
        name, value = name.lower(), value.strip()
        if name in due and (value == due[name] or name[0] != "s" and due[name] in value.lower()):
            del due[name]
        elif name == "sec-websocket-protocol" and value in (subprotocols or ()):
            subprotocol = value
        elif name[:14] == "sec-websocket-" and name != "sec-websocket-version":
            raise fault("InvalidHandshake", name)
    if due or not line:
        raise fault("InvalidHandshake", "incomplete")
    return subprotocol


def fault(name, value):
    import uwebsockets.exceptions as exceptions

    return getattr(exceptions, name)(value)
