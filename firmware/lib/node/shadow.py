"""The shadow: what the gateway wants (desired), and what is (reported). Both are documents that are merged, as RFC 7396 says."""

from .core import save


def merge(target, patch):
    """Merge patch into target, a dict; None takes a key out."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            if not isinstance(target.get(key), dict):
                target[key] = {}
            merge(target[key], value)
        else:
            target[key] = value


async def shadow(node, s):
    """Take $shadow {desired, version, base or full}."""
    if not s.get("full") and s.get("base") != node.version:
        return {"ok": False, "version": node.version}  # something is missing: ask for the whole
    if s.get("full"):
        node.desired.clear()
    merge(node.desired, s["desired"] or {})
    node.version = s["version"]
    await apply(node)
    return {"ok": True, "version": node.version}


async def apply(node):
    """Make desired come true, and say so."""
    values = None
    if node.change:
        values = node.change(node.desired)
        if hasattr(values, "send"):
            values = await values
    await report(node, values or {})


async def report(node, values):
    """Merge values into reported, keep it, and tell the gateway."""
    merge(node.reported, values)
    save("/shadow.json", (node.desired, node.version, node.reported))
    if node.connected:
        await node.emit("$shadow", {"reported": values, "version": node.version})
