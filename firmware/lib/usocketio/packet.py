"""The packets of Socket.IO v5. Pure: values in, text out, and back."""

import json


def encode(kind, namespace, data=None, id=None):
    """Return [text, attachment, ...]: the packet, and the bytes that follow it, one frame each."""
    parts = [None]
    if data is not None:
        data = json.dumps(take(data, parts))
    head = "%d%d-" % (kind + 3, len(parts) - 1) if len(parts) > 1 else str(kind)
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
        return {k: take(v, parts) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [take(v, parts) for v in value]
    return value


def decode(text):
    """Return (kind, namespace, id or None, data, attachments still to come). Raise ValueError."""
    kind, at, count = int(text[0]), 1, 0
    if kind > 4:
        at = text.index("-") + 1
        count = int(text[1 : at - 1])
        kind -= 3
    namespace = "/"
    if text[at : at + 1] == "/":
        end = text.find(",", at)
        if end < 0:
            end = len(text)
        namespace = text[at:end]
        at = end + 1
    end = at
    while text[end : end + 1].isdigit():
        end += 1
    return kind, namespace, int(text[at:end]) if end > at else None, json.loads(text[end:]) if end < len(text) else None, count


def fill(value, parts):
    """Put the bytes back where value has placeholders, and return it. Raise ValueError, IndexError."""
    if isinstance(value, dict):
        if value.get("_placeholder"):
            return parts[int(value["num"])]
        for key in value:
            value[key] = fill(value[key], parts)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            value[i] = fill(v, parts)
    return value
