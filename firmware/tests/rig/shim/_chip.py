# The rest of a whole board, for the one that is simulated at a serial port: the module esp, os.uname, pins that tell.
import os
import sys
import time
from collections import namedtuple

import _rig
import _rigboot
import machine
import network
from asyncio import core

_uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    return _uname("esp8266", "esp8266", "1.27.0", "1.27.0 on 2025-12-09", "ESP module with ESP8266")


os.uname = uname


class _Esp:
    def check_fw():
        size, md5, ok = _rig.check_fw().split(" ")
        print("size:", size)
        if not md5:
            print("Invalid size")
            return False
        print("md5:", md5)
        return ok == "1"

    def flash_size():
        return _rig.flash_size()

    def flash_user_start():
        return 0x100000

    def flash_id():
        return 0x1640EF

    def osdebug(level):
        pass


sys.modules["esp"] = _Esp

_press = machine.Pin.press


def _pressed(self, level):
    _press(self, level)
    _rig.pin(self.id, 1 if level else 0)


machine.Pin.press = _pressed


# On the chip Ctrl-C ends a wait. This build looks for it in loops only, and has none where the script goes straight on.
def _interruptible(f):
    def g(*args):
        f(*args)
        for _ in "-":
            pass

    return g


class _Time:
    pass


for _name in dir(time):
    _f = getattr(time, _name)
    setattr(_Time, _name, _interruptible(_f) if _name.startswith("sleep") else _f)
sys.modules["time"] = _Time


def stop():
    """Ctrl-C: no task goes on."""
    while core._task_queue.peek():
        core._task_queue.pop()
    core._io_queue._map.clear()
    _rigboot._running = 0


def wrong_password():
    def connect(self, ssid=None, password=None, **kwargs):
        self._status = network.STAT_WRONG_PASSWORD

    network.WLAN.connect = connect


def no_files():
    """MicroPython has found no room for a file system."""

    def fail(*args, **kwargs):
        raise OSError(19)

    import builtins

    builtins.open = os.mkdir = os.rename = os.remove = fail
