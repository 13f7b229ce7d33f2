"""The packets of Socket.IO v5. Pure: values in, text out, and back."""

import json

from micropython import const

_REFUSED = const(4)
_BINARY = const(3)  # added to the kind when attachments follow


def encode(kind, namespace, data=None, id=None):
    """Return (text, attachments): the packet, and the bytes that follow it, one frame each."""
    attachments = []
    if data is not None:
        data = json.dumps(_take(data, attachments))
    head = str(kind + _BINARY) + str(len(attachments)) + "-" if attachments else str(kind)
    if namespace != "/":
        head += namespace + ","
    if id is not None:
        head += str(id)
    return head + data if data else head, attachments


def decode(text):
    """Return [kind, namespace, id or None, data, attachments still to come]. Raise ValueError."""
    kind = ord(text[0]) - 48
    at, count = 1, 0
    if kind > _REFUSED:
        end = text.index("-")
        count = int(text[1:end])
        at = end + 1
        kind -= _BINARY
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
    id = int(text[at:end]) if end > at else None
    return [kind, namespace, id, json.loads(text[end:]) if end < len(text) else None, count]


def fill(value, attachments):
    """Put attachments where value has their placeholders, and return it. Raise ValueError."""
    if isinstance(value, dict):
        if value.get("_placeholder"):
            n = value.get("num")
            if not isinstance(n, int) or not 0 <= n < len(attachments):
                raise ValueError("attachment")
            return attachments[n]
        for key in value:
            value[key] = fill(value[key], attachments)
    elif isinstance(value, list):
        for i in range(len(value)):
            value[i] = fill(value[i], attachments)
    return value


def _take(value, attachments):
    if isinstance(value, (bytes, bytearray)):
        attachments.append(value)
        return {"_placeholder": True, "num": len(attachments) - 1}
    if isinstance(value, (list, tuple)):
        return [_take(v, attachments) for v in value]
    if isinstance(value, dict):
        return {k: _take(v, attachments) for k, v in value.items()}
    return value
