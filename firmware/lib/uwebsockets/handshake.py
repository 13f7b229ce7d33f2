"""The HTTP side of a WebSocket: the address, the upgrade, and what the server has to answer."""

from binascii import b2a_base64
from hashlib import sha1
from os import urandom

from .exceptions import InvalidHandshake, InvalidStatus, InvalidURI


def parse(uri):
    """Split ws://host:port/path?query into (secure, host, port, path)."""
    scheme, found, rest = uri.partition("://")
    if not found or scheme not in ("ws", "wss", "http", "https"):
        raise InvalidURI(uri)
    secure = scheme[-1] == "s"
    at = min(i for i in (rest.find("/"), rest.find("?"), len(rest)) if i >= 0)
    host, _, port = rest[:at].partition(":")
    path = rest[at:]
    if path[:1] != "/":
        path = "/" + path
    try:
        return secure, host, int(port or (443 if secure else 80)), path
    except ValueError:
        raise InvalidURI(uri)


def request(host, port, path, subprotocols=None, headers=None):
    """Return (the bytes of the upgrade request, what Sec-WebSocket-Accept has to be)."""
    key = b2a_base64(urandom(16))[:-1]
    lines = [
        "GET %s HTTP/1.1" % path,
        "Host: %s:%d" % (host, port),
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + key.decode(),
    ]
    if subprotocols:
        lines.append("Sec-WebSocket-Protocol: " + ", ".join(subprotocols))
    for name in headers or ():
        lines.append("%s: %s" % (name, headers[name]))
    lines.append("\r\n")
    accept = b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1]
    return "\r\n".join(lines).encode(), accept.decode()


class Answer:
    """Takes the lines of the server's answer one by one."""

    def __init__(self, accept, subprotocols):
        self._accept = accept
        self._offered = subprotocols or ()
        self._left = 3  # headers that have to come: Upgrade, Connection, Sec-WebSocket-Accept
        self._first = True
        self.subprotocol = None

    def line(self, line):
        """Take one line; return True after the last. Raise InvalidHandshake."""
        text = line.strip().decode()
        if self._first:
            self._first = False
            return self._status(text)
        if not line:
            raise InvalidHandshake("the connection broke")
        if not text:
            if self._left:
                raise InvalidHandshake("a header is missing")
            return True
        name, _, value = text.partition(":")
        self._header(name.lower(), value.strip())

    def _status(self, text):
        parts = text.split(" ")
        if len(parts) < 2 or not parts[0].startswith("HTTP/1."):
            raise InvalidHandshake("no HTTP answer")
        if parts[1] != "101":
            raise InvalidStatus(int(parts[1]) if parts[1].isdigit() else 0)

    def _header(self, name, value):
        if name == "upgrade" and value.lower() == "websocket" or name == "connection" and "upgrade" in value.lower():
            self._left -= 1
        elif name == "sec-websocket-accept":
            if value != self._accept:
                raise InvalidHandshake("wrong accept key")
            self._left -= 1
        elif name == "sec-websocket-protocol":
            if value not in self._offered:
                raise InvalidHandshake("a subprotocol that was not offered")
            self.subprotocol = value
        elif name == "sec-websocket-extensions":
            raise InvalidHandshake("an extension that was not offered")
