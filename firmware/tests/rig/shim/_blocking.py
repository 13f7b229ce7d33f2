# Blocking sockets, as the chip gives them to those who do not ask for others. Errors and reads as its stream protocol has them:
# a read that times out loses what it had.
from uctypes import addressof

import _rig


class Blocking:
    def __init__(self, handle):
        self.h = handle

    def settimeout(self, t):
        self.ms = -1 if t is None else int(t * 1000)

    def setblocking(self, flag):
        self.settimeout(None if flag else 0)

    def connect(self, addr):
        _check(_rig.block_connect(self.h, self.ms, addr[0], addr[1]))

    def recv(self, n):
        b = bytearray(n)
        n = _rig.block_read(self.h, self.ms, addressof(b), n)
        return None if n == -11 else bytes(b[: _check(n)])

    def read(self, n=-1):
        all = b""
        while n < 0 or len(all) < n:
            part = self.recv(1024 if n < 0 else n - len(all))
            if part is None:
                return all or None
            if not part:
                break
            all += part
        return all

    def readinto(self, b):
        part = self.read(len(b))
        if part is None:
            return None
        b[: len(part)] = part
        return len(part)

    def readline(self):
        line = b""
        while line[-1:] != b"\n":
            c = self.recv(1)
            if not c:
                break
            line += c
        return line

    def send(self, data):
        return _check(_rig.block_write(self.h, self.ms, addressof(data), len(data)))

    def write(self, data):
        data = data.encode() if isinstance(data, str) else data
        at = 0
        while at < len(data):
            at += self.send(memoryview(data)[at:] if at else data)
        return at

    def close(self):
        _rig.block_close(self.h)


def _check(n):
    if n < 0:
        raise OSError(-n)
    return n


def turn(socket, timeout):
    """Make a socket that is not connected yet a blocking one."""
    b = Blocking(socket.h)
    b.settimeout(timeout)
    for name in ("settimeout", "setblocking", "connect", "recv", "read", "readinto", "readline", "send", "write", "close"):
        setattr(socket, name, getattr(b, name))
