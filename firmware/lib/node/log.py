"""Lines and exceptions for the gateway. The last 50 are kept; after a crash they are in /crash.json, and sent when we are back."""

import json
from time import ticks_ms

from .core import load, save

_KEEP = 50


async def line(node, level, text):
    """Add a line and send it; without a connection it waits."""
    add(node, level, text)
    if node.connected:
        await flush(node)


async def crashed(node, exception):
    """Add an exception, and keep the ring over a reset: the next one may end us."""
    add(node, "exception", trace(exception))
    save("/crash.json", node.lines[-10:])
    if node.connected:
        await flush(node)


async def flush(node):
    """Send what waits, ten lines a packet."""
    old = load("/crash.json", None)
    if old:
        from os import remove

        for l in old:
            if l not in node.lines:
                node.lines.insert(0, l)
        remove("/crash.json")
    while node.lines:
        part = node.lines[:10]
        await node.emit("$log", (part,))
        del node.lines[: len(part)]


def add(node, level, text):
    node.count += 1
    node.lines.append([node.count, ticks_ms(), level, text[:400]])
    if len(node.lines) > _KEEP:
        node.lines.pop(0)


def trace(exception):
    """Return the traceback as text, its end if it is long."""
    import sys
    from io import StringIO

    out = StringIO()
    sys.print_exception(exception, out)
    return out.getvalue()[-400:]
