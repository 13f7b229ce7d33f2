"""Lines and exceptions for the gateway. The last 50 wait until it has them; after an exception also in /crash.json, over a reset."""

import asyncio
import os
from time import ticks_diff, ticks_ms

from .core import load, save

_KEEP = 50  # lines
_BYTES = 3000  # of their texts: the sketch needs the rest
_CRASH = "/crash.json"
_REST = 10_000  # ms between two writes of it: a handler that fails all day must not wear out the flash


async def line(node, level, text):
    """Add a line and send it; without a connection it waits."""
    add(node, level, text)
    await flush(node)


async def crashed(node, exception):
    """Add an exception, and keep what waits over a reset: the next one may end us."""
    add(node, "exception", trace(exception))
    now = ticks_ms()
    if node.kept is None or ticks_diff(now, node.kept) > _REST:
        node.kept = now
        save(_CRASH, node.lines)
    await flush(node)


async def recall(node):
    """We are in: send what waited, and what was kept before a reset. /crash.txt is what main.py saw of a sketch that did not run."""
    old = load(_CRASH, [])
    node.lines[:0] = [l for l in old if l not in node.lines]
    trim(node)
    try:
        with open("/crash.txt") as f:
            add(node, "exception", f.read()[-400:])
        save(_CRASH, node.lines)
        os.remove("/crash.txt")
    except OSError:
        pass
    await flush(node)


async def flush(node):
    """Send ten lines, and the rest when the gateway has acknowledged them. What it does not, goes out again with the next connection."""
    part = node.lines[:10]
    if not part or node.telling or not node.connected:
        return
    node.telling = True

    def heard(answer=None, *_):
        node.telling = False
        if isinstance(answer, dict):
            node.lines[:] = [l for l in node.lines if l not in part]
            asyncio.create_task(node.use("log", "flush" if node.lines else "done"))

    await node.emit("$log", (part,), callback=heard)


async def done(node):
    """The gateway has everything."""
    try:
        os.remove(_CRASH)
    except OSError:
        pass


def add(node, level, text):
    node.count += 1
    node.lines.append([node.count, ticks_ms(), level, text[:400]])
    trim(node)


def trim(node):
    while len(node.lines) > _KEEP or sum(len(l[3]) for l in node.lines) > _BYTES:
        node.lines.pop(0)


def trace(exception):
    """Return the traceback as text, its end if it is long."""
    import sys
    from io import StringIO

    out = StringIO()
    sys.print_exception(exception, out)
    return out.getvalue()[-400:]
