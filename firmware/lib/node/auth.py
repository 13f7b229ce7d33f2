"""Who is who: the board and the gateway prove to each other that they have the same key, without showing it."""

from binascii import hexlify, unhexlify
from hashlib import sha256


def hmac(key, text):
    """Return HMAC-SHA256 of text, as hex digits. key: 64 hex digits."""
    key = unhexlify(key) + bytes(32)
    inner = sha256(bytes(b ^ 0x36 for b in key))
    inner.update(text.encode())
    outer = sha256(bytes(b ^ 0x5C for b in key))
    outer.update(inner.digest())
    return hexlify(outer.digest()).decode()


async def challenge(node, c):
    """Take $challenge {nonce, proof}; return our proof. A gateway that does not know the key is not ours."""
    said = "%s:%s:%s" % (node.cfg["id"], node.nonce, c["nonce"])
    key = node.cfg["key"]
    if hmac(key, "gateway:" + said) != c["proof"]:
        node.error = "this is not my gateway"
        await node.ws.abort(1006, node.error)
        return
    return {"proof": hmac(key, "device:" + said)}


async def welcome(node, w):
    """Take $welcome {time, name, desired, version}: we are in."""
    from usocketio.aclient import forget

    if "time" in w:
        set_clock(w["time"])
    if w.get("version") != node.version:
        await node.use("shadow", "shadow", {"desired": w.get("desired"), "version": w.get("version"), "full": True})
    forget("node.shadow")
    await node.use("rpc", "hello")


def set_clock(seconds):
    """Set the clock, seconds since 1970. A board without one goes by uptime."""
    from time import gmtime

    import machine

    if gmtime(0)[0] == 2000:
        seconds -= 946684800  # the chip counts from 2000
    t = gmtime(seconds)
    machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))
