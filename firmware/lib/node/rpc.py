"""Remote calls."""

import asyncio

import machine

from .core import save


async def rpc(node, method, params=None):
    """Take $rpc (method, params): a function of the sketch, or one of those below."""
    own = node.handlers.get("$rpc", {}).get(method)
    f = own or _BUILT_IN.get(method)
    if not f:
        return {"ok": False, "error": {"code": "invalid", "message": "no method " + method}}
    try:
        result = f(node, params) if not own else f() if params is None else f(params)
        if hasattr(result, "send"):
            result = await result
    except Exception as e:
        node.failed(e, method)
        code = "invalid" if isinstance(e, ValueError) else "unavailable"
        return {"ok": False, "error": {"code": code, "message": repr(e)}}
    return {"ok": True, "result": result}


def ping(node, params):
    return params


async def restart(node, _):
    async def soon():
        await asyncio.sleep_ms(200)  # the answer goes out before
        machine.reset()

    asyncio.create_task(soon())


async def info(node, _):
    return await node.use("status", "about")


async def identify(node, params):
    """Blink, so that a person sees which board it is."""
    led = machine.Pin((params or {}).get("pin", 2), machine.Pin.OUT)
    for _ in range(10):
        led.value(not led.value())
        await asyncio.sleep_ms(100)


def config(node, params):
    """Set the keys of /cfg.json that are in params, None takes one out; return all but secrets. Raise ValueError for those that
    a board is lost without."""
    ours = ("key", "wifi", "id", "urls")
    for name in params or ():
        if name in ours:
            raise ValueError("not to be set from afar: " + name)
    if params:
        for name, value in params.items():
            node.cfg[name] = value
            if value is None:
                del node.cfg[name]
        save("/cfg.json", node.cfg)
    return {name: value for name, value in node.cfg.items() if name not in ours[:2]}


_BUILT_IN = {"ping": ping, "restart": restart, "info": info, "identify": identify, "config": config}
