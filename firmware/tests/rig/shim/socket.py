# Stream sockets over the rig: non-blocking ones, unless they are given a timeout.
from uctypes import addressof

import _rig

AF_INET = 2
SOCK_STREAM = 1
SOL_SOCKET = 1
SO_REUSEADDR = 2
IPPROTO_TCP = 6


def getaddrinfo(host, port, *args):
    return [(AF_INET, SOCK_STREAM, 0, "", (host, port))]


class socket:
    def __init__(self, *args):
        self.h = _rig.open()

    def setblocking(self, flag):
        pass

    def settimeout(self, t):
        if t != 0:
            import _blocking

            _blocking.turn(self, t)

    def setsockopt(self, *args):
        pass

    def connect(self, addr):
        _rig.connect(self.h, addr[0], addr[1])
        raise OSError(115)

    def _avail(self):
        n = _rig.avail(self.h)
        if n < 0 and n != -1000:
            raise OSError(-n)
        return n

    def readinto(self, buf, n=-1):
        a = self._avail()
        if a == 0:
            return None
        if a < 0:
            return 0
        k = len(buf) if n < 0 else min(n, len(buf))
        return _rig.read(self.h, addressof(buf), min(a, k))

    def read(self, n=-1):
        a = self._avail()
        if a == 0:
            return None
        if a < 0:
            return b""
        b = bytearray(a if n < 0 else min(a, n))
        _rig.read(self.h, addressof(b), len(b))
        return bytes(b)

    recv = read

    def readline(self):
        a = self._avail()
        if a == 0:
            return None
        if a < 0:
            return b""
        return self.read(_rig.line(self.h) or a)

    def write(self, buf, off=0, n=None):
        if isinstance(buf, str):
            buf = buf.encode()
        k = len(buf) if n is None else n
        r = _rig.write(self.h, addressof(buf) + off, k) if k else 0
        if r < 0:
            raise OSError(-r)
        return r if r else None

    send = write

    def close(self):
        if self.h:
            _rig.close(self.h)
            self.h = 0
