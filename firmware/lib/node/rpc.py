"""Remote calls, and how the board is."""

import asyncio
import gc
import sys
from time import ticks_ms

import machine

from .core import load


async def rpc(node, method, params=None):
    """Take $rpc (method, params): a function of the sketch, or one of those below."""
    f = node.calls.get(method) or _BUILT_IN.get(method)
    if not f:
        return {"ok": False, "error": {"code": "invalid", "message": "no method " + method}}
    try:
        result = f(node, params) if f in _BUILT_IN.values() else f(params) if params is not None else f()
        if hasattr(result, "send"):
            result = await result
    except Exception as e:
        node.failed(e, method)
        return {"ok": False, "error": {"code": "unavailable", "message": repr(e)}}
    return {"ok": True, "result": result}


def info(node, _=None):
    """What the board is."""
    import network

    wlan = network.WLAN(network.STA_IF)
    return {
        "version": load("/%s/bundle.json" % node.slot, {}).get("version", ""),
        "slot": node.slot,
        "board": sys.platform,
        "mp": ".".join(str(n) for n in sys.implementation[1][:3]),
        "reset": _CAUSES.get(machine.reset_cause(), "power"),
        "boot": node.boot,
        "trial": node.trial,
        "ip": wlan.ifconfig()[0],
        "mac": ":".join("%02x" % b for b in machine.unique_id()),
    }


def vitals(node):
    """How the board is."""
    import network

    try:
        rssi = network.WLAN(network.STA_IF).status("rssi")
    except (OSError, ValueError):
        rssi = None
    gc.collect()
    lag, node.lag = node.lag, 0
    return {
        "heap_free": gc.mem_free(),
        "rssi": rssi,
        "uptime_s": ticks_ms() // 1000,
        "lag_ms": lag,
        "queued": len(node.queue),
        "dropped": node.dropped,
    }


async def health(node):
    await node.emit("$health", vitals(node))


async def hello(node):
    """Say what we are. With the answer a build on trial has passed."""

    def heard(answer=None, *_):
        if node.trial and isinstance(answer, dict) and answer.get("ok"):
            node.trial = False
            asyncio.create_task(node.use("ota", "commit"))

    await node.emit("$hello", dict(info(node), **vitals(node)), callback=heard)
    await node.use("log", "flush")


def ping(node, params):
    return params


def restart(node, _):
    asyncio.create_task(_restart())


async def _restart():
    await asyncio.sleep_ms(200)  # the answer goes out before
    machine.reset()


async def identify(node, params):
    """Blink, so that a person sees which board it is."""
    led = machine.Pin((params or {}).get("pin", 2), machine.Pin.OUT)
    for _ in range(10):
        led.value(not led.value())
        await asyncio.sleep_ms(100)


_BUILT_IN = {"ping": ping, "restart": restart, "info": info, "identify": identify}
_CAUSES = {1: "wdt", 2: "exception", 4: "soft", 5: "deepsleep", 6: "hard"}
