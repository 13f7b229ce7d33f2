"""The packets of Socket.IO v5, with the "4" before them that makes them messages of Engine.IO. Pure: values in, bytes out, and
back."""

import json


def encode(kind, namespace, data=None, id=None):
    """Return [text, attachment, ...]: the packet, and the bytes that follow it, one frame each."""
    parts = [None]
    if data is not None:
        data = json.dumps(take(data, parts))
    head = "4%d%d-" % (kind + 3, len(parts) - 1) if len(parts) > 1 else "4%d" % kind
    if namespace != "/":
        head += namespace + ","
    if id is not None:
        head += str(id)
    parts[0] = head + data if data else head
    return parts


def take(value, parts):
    """Move the bytes in value to parts, and return value with placeholders for them."""
    if isinstance(value, (bytes, bytearray)):
        parts.append(value)
        return {"_placeholder": True, "num": len(parts) - 2}
    if isinstance(value, dict):
        value = value.copy()
        for key in value:
            value[key] = take(value[key], parts)
    elif isinstance(value, (list, tuple)):
        value = list(value)
        for i in range(len(value)):
            value[i] = take(value[i], parts)
    return value


def decode(b):
    """Return (kind, namespace, id or None, data, attachments still to come) of the bytes of a message. Raise ValueError."""
    kind, count, namespace = b[1] - 48, 0, "/"
    at = 2
    if kind > 4:
        kind -= 3
        count, at = number(b, at)
        at += 1  # the "-"
    if at < len(b) and b[at] == 47:  # "/"
        end = (b.find(b",", at) + 1 or len(b) + 1) - 1
        namespace = str(b[at:end], "utf-8")
        at = end + 1
    id, at = number(b, at)
    return kind, namespace, id, json.loads(memoryview(b)[at:]) if at < len(b) else None, count


def number(b, at):
    """Return (the number in b that begins at, or None, and where it ends)."""
    n = None
    while at < len(b) and 48 <= b[at] < 58:
        n = (n or 0) * 10 + b[at] - 48
        at += 1
    return n, at


def fill(value, parts):
    """Put the bytes back where value has placeholders, and return it. Raise ValueError, IndexError."""
    if isinstance(value, dict):
        if value.get("_placeholder"):
            return parts[int(value["num"])]
        for key in value:
            value[key] = fill(value[key], parts)
    elif isinstance(value, list):
        for i in range(len(value)):
            value[i] = fill(value[i], parts)
    return value
