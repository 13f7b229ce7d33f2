"""The frames of RFC 6455 as a client sees them. Pure: bytes in, bytes out."""

from os import urandom


def encode(opcode, data, fin=True):
    """Return one masked frame, as a bytearray."""
    size = len(data)
    head = 6 if size < 126 else 8 if size < 65536 else 14
    frame = bytearray(head + size)
    frame[0] = opcode | 0x80 if fin else opcode
    if head == 6:
        frame[1] = 0x80 | size
    else:
        frame[1] = 0xFE if head == 8 else 0xFF
        frame[2 : head - 4] = size.to_bytes(head - 6, "big")
    mask = urandom(4)
    frame[head - 4 : head] = mask
    for i in range(size):
        frame[head + i] = data[i] ^ mask[i & 3]
    return frame


def fault(head):
    """Return what is wrong with the first two bytes of a server's frame, or None."""
    opcode = head[0] & 15
    if head[0] & 0x70:
        return "reserved bits"
    if head[1] & 0x80:
        return "masked frame"
    if 2 < opcode < 8 or opcode > 10:
        return "unknown opcode"
    if opcode > 7 and (head[0] < 0x80 or head[1] > 125):
        return "control frame"


def closing(code, reason=""):
    """Return the payload of a close frame."""
    return code.to_bytes(2, "big") + reason.encode()[:123]


def closed(data):
    """Return (code, reason) of a close frame's payload; 1002 for one that may not be."""
    if not data:
        return 1005, ""
    code = data[0] << 8 | data[1] if len(data) > 1 else 0
    if not (1000 <= code < 1015 and code not in (1004, 1005, 1006) or 3000 <= code < 5000):
        return 1002, "bad close code"
    try:
        return code, str(data[2:], "utf-8")
    except UnicodeError:
        return 1007, "bad close reason"
