"""Updates over the air: the new build goes to the slot that is not in use, and has to prove itself.

/slot.json is {"cur": slot, "try": slot or absent, "n": boots left}. main.py reads it; only commit() and ready() here write it.
"""

import os
import sys
from binascii import hexlify
from hashlib import sha256

from .challenge import hmac
from .core import load, save

_CHUNK = 512


async def ota(node, m):
    """Take $ota {version, files: [[name, size, sha256], ...], mac}; the files are then fetched."""
    import asyncio

    text = m["version"] + "\n" + "".join("%s %d %s\n" % tuple(f) for f in m["files"])
    if hmac(node.cfg["key"], text) != m["mac"]:
        return {"ok": False, "error": "the manifest is not signed with my key"}
    for name, _, _ in m["files"]:
        if name[0] == "/" or ".." in name:
            return {"ok": False, "error": "a name that may not be: " + name}
    slot = "b" if load("/slot.json", {}).get("cur", "a") == "a" else "a"
    asyncio.create_task(node.use("ota", "fetch", slot, m))
    return {"ok": True, "slot": slot}


async def fetch(node, slot, m):
    """Get every file, check it, and start the new build."""
    try:
        clear("/" + slot)
        for name, size, digest in m["files"]:
            await get(node, "/%s/%s" % (slot, name), name, size, digest)
        keep_sketch(sys.path[0][1:] or "a", slot)
        save("/%s/bundle.json" % slot, {"version": m["version"]})
        state = load("/slot.json", {"cur": "a"})
        state["try"], state["n"] = slot, 3
        save("/slot.json", state)
    except Exception as e:
        clear("/" + slot)  # half a build is of no use, and may have filled the flash
        return await node.emit("$ota", {"failed": str(e)})
    await node.call("$ota", {"ready": True, "slot": slot})
    import machine

    machine.reset()


async def get(node, path, name, size, digest):
    folders(path)
    h = sha256(b"")
    at = 0
    with open(path, "wb") as f:
        while at < size:
            part = await node.call("$ota", {"get": name, "off": at, "n": _CHUNK}, timeout=20)
            if not isinstance(part, (bytes, bytearray)) or not part:
                raise ValueError("%s breaks off at %d" % (name, at))
            f.write(part)
            h.update(part)
            at += len(part)
    if at != size or hexlify(h.digest()).decode() != digest:
        raise ValueError("sha256 of %s differs" % name)


def keep_sketch(old, new):
    """An update without an app is one of the library: the sketch stays."""
    names = os.listdir("/" + new)
    for name in os.listdir("/" + old):
        if name[:4] == "app." and "app.py" not in names and "app.mpy" not in names:
            with open("/%s/%s" % (old, name), "rb") as f, open("/%s/%s" % (new, name), "wb") as g:
                while g.write(f.read(256)):
                    pass


async def commit(node):
    """The new build is good: it stays."""
    state = load("/slot.json", {})
    if "try" in state:
        state["cur"] = state.pop("try")
        state.pop("n", None)
        save("/slot.json", state)


def folders(path):
    """Make the folders above path."""
    at = 1
    while True:
        at = path.find("/", at) + 1
        if not at:
            return
        try:
            os.mkdir(path[: at - 1])
        except OSError:
            pass


def clear(path):
    """Remove everything below path."""
    try:
        names = os.listdir(path)
    except OSError:
        return
    for name in names:
        name = path + "/" + name
        if os.stat(name)[0] & 0x4000:
            clear(name)
            os.rmdir(name)
        else:
            os.remove(name)
