"""What the board is, and how it is."""

import gc
import sys
from time import ticks_ms

import machine
import network

from .core import load


async def about(node):
    """Answer the remote call "info"."""
    return info()


def info():
    """What the board is."""
    state = load("/slot.json", {})
    slot = sys.path[0][1:] or "a"  # main.py put it there
    return {
        "version": load("/%s/bundle.json" % slot, {}).get("version", ""),
        "slot": slot,
        "board": sys.platform,
        "mp": ".".join(str(n) for n in sys.implementation[1][:3]),
        "reset": {1: "wdt", 2: "exception", 4: "soft", 5: "deepsleep", 6: "hard"}.get(machine.reset_cause(), "power"),
        "boot": state.get("boot", 0),
        "trial": state.get("try") == slot,  # this build has to prove itself
        "ip": network.WLAN(network.STA_IF).ifconfig()[0],
        "mac": ":".join("%02x" % b for b in machine.unique_id()),
    }


def vitals(node):
    """How the board is."""
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
    """Say how the board is."""
    await node.emit("$health", vitals(node))


async def hello(node):
    """Say what and how the board is. With the answer a build on trial has passed."""
    import asyncio

    state = info()

    def heard(answer=None, *_):
        if trial and isinstance(answer, dict) and answer.get("ok"):
            asyncio.create_task(node.use("ota", "commit"))

    trial = state["trial"]
    state.update(vitals(node))
    await node.emit("$hello", state, callback=heard)
    await node.use("log", "recall")
