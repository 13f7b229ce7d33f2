# Completes the browser's asyncio of the WebAssembly build to what a board has: sockets, streams, asyncio.run.
import asyncio
import asyncio.event
import binascii
import builtins
import gc
import hashlib
import io
import js
import os
import sys
from asyncio import core
import ubinascii
from uctypes import addressof

import _rig

binascii.b2a_base64 = ubinascii.b2a_base64  # this build has one in Python, which leaves 2 KB of garbage


def _urandom(n):
    b = bytearray(n)
    _rig.urandom(addressof(b), n)
    return bytes(b)


os.urandom = _urandom


class _Sha1:
    def __init__(self, data=b""):
        self._data = bytes(data)

    def update(self, data):
        self._data += data

    def digest(self):
        out = bytearray(20)
        _rig.sha1(addressof(self._data), len(self._data), addressof(out))
        return bytes(out)


class _Hashlib:
    sha256 = hashlib.sha256
    sha1 = _Sha1


sys.modules["hashlib"] = _Hashlib


class _File(io.IOBase):  # counts what is written, for the power cut
    def __init__(self, f):
        self._f = f

    def write(self, data):
        n = len(data)
        if _rig.wrote(n):
            self._f.write(data[: n // 2])  # torn
            self._f.close()
            _rig.exit(77)
        return self._f.write(data if isinstance(data, str) else bytes(data))

    def ioctl(self, op, arg):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._f.close()

    def __getattr__(self, name):
        return getattr(self._f, name)


_open = builtins.open


def _counted(name, mode="r", *args):
    f = _open(name, mode, *args)
    return f if mode in ("r", "rb") else _File(f)


builtins.open = _counted
_rename = os.rename


def _replace(old, new):  # as littlefs does: over what is there, in one step
    if _rig.wrote(0):
        _rig.exit(77)
    try:
        os.remove(new)
    except OSError:
        pass
    _rename(old, new)


os.rename = _replace


class IOQueue:
    def __init__(self):
        self._map = {}
        self._timer = None

    def _wait(self, s, side):
        key = id(s)
        entry = self._map.get(key)
        if entry is None:
            self._map[key] = entry = [None, None, s]
        entry[side] = core.cur_task
        core.cur_task.data = self
        if hasattr(s, "h"):
            _rig.watch(s.h, side, key)
        elif self._timer is None:
            self._timer = js.setTimeout(self._poll, 2)

    def queue_read(self, s):
        self._wait(s, 0)

    def queue_write(self, s):
        self._wait(s, 1)

    def ready(self, key, side):
        entry = self._map.get(key)
        if entry and entry[side]:
            task = entry[side]
            entry[side] = None
            if not (entry[0] or entry[1]):
                del self._map[key]
            core._task_queue.push(task)

    def remove(self, task):
        for key in list(self._map):
            entry = self._map[key]
            for side in (0, 1):
                if entry[side] is task:
                    entry[side] = None
            if not (entry[0] or entry[1]):
                del self._map[key]

    def _poll(self):  # what is no socket: ThreadSafeFlag
        self._timer = None
        more = False
        for key in list(self._map):
            s = self._map[key][2]
            if not hasattr(s, "h"):
                more = True
                r = s.ioctl(3, 5)
                if r & 1:
                    self.ready(key, 0)
                if r & 4:
                    self.ready(key, 1)
        if more and self._timer is None:
            self._timer = js.setTimeout(self._poll, 2)


core._io_queue = IOQueue()
_rig.on_ready(core._io_queue.ready)


class Stream:
    def __init__(self, s, e={}):
        self.s = s
        self.e = e
        self.out_buf = b""

    def get_extra_info(self, v):
        return self.e[v]

    def close(self):
        pass

    async def wait_closed(self):
        self.s.close()

    def read(self, n=-1):
        r = b""
        while True:
            yield core._io_queue.queue_read(self.s)
            d = self.s.read(n)
            if d is not None:
                if n >= 0:
                    return d
                if not d:
                    return r
                r += d

    def readinto(self, buf):
        yield core._io_queue.queue_read(self.s)
        return self.s.readinto(buf)

    def readexactly(self, n):
        r = b""
        while n:
            yield core._io_queue.queue_read(self.s)
            d = self.s.read(n)
            if d is not None:
                if not d:
                    raise EOFError
                r += d
                n -= len(d)
        return r

    def readline(self):
        r = b""
        while True:
            yield core._io_queue.queue_read(self.s)
            d = self.s.readline()
            if d is None:
                continue
            r += d
            if not d or r[-1] == 10:
                return r

    def write(self, buf):
        if not self.out_buf:
            k = self.s.write(buf)
            if k == len(buf):
                return
            if k is not None:
                buf = buf[k:]
        self.out_buf += buf

    def drain(self):
        if not self.out_buf:
            return (yield from core.sleep_ms(0))
        m = memoryview(self.out_buf)
        at = 0
        while at < len(m):
            yield core._io_queue.queue_write(self.s)
            k = self.s.write(m[at:])
            if k is not None:
                at += k
        self.out_buf = b""


def open_connection(host, port, ssl=None, server_hostname=None):
    import socket

    s = socket.socket()
    try:
        s.connect((host, port))
    except OSError as e:
        if e.errno != 115:
            raise e
    yield core._io_queue.queue_write(s)
    r = Stream(s)
    return r, r


_running = 0


def pending():
    return _running


async def _main(coro):
    global _running
    code = 0
    try:
        await coro
    except SystemExit as e:
        code = e.args[0] if e.args else 0
    except BaseException as e:
        sys.print_exception(e, sys.stderr)
        code = 1
    _running -= 1
    _rig.exit(code)


def run(coro):
    global _running
    _running += 1
    core.create_task(_main(coro))


asyncio.run = run
asyncio.open_connection = open_connection
asyncio.Stream = asyncio.StreamReader = asyncio.StreamWriter = Stream
asyncio.ThreadSafeFlag = asyncio.event.ThreadSafeFlag
_SPLIT = 0x7FFFFFF  # mem_free counts the 128 MiB, too, by which this build may let the heap grow
_total = 0
_ballast = None


def _size():
    return gc.mem_alloc() + gc.mem_free() & _SPLIT


def cap(n):
    """Leave n bytes free, and return how many were taken for that. From now on garbage is collected whenever Python returns to
    JavaScript, for it cannot be before: what a board allocates in between has to fit at once, which asks more than the chip
    does."""
    global _total, _ballast
    gc.collect()
    before = gc.mem_alloc()
    _ballast = bytearray((gc.mem_free() & _SPLIT) - n)
    _total = _size()
    gc.threshold(256)
    return gc.mem_alloc() - before


def heap_grew():
    return bool(_total) and _size() != _total
