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
    node.proved = True
    return {"proof": hmac(key, "device:" + said)}
