"""Remote calls."""

import asyncio

import machine


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
        return {"ok": False, "error": {"code": "unavailable", "message": repr(e)}}
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


_BUILT_IN = {"ping": ping, "restart": restart, "info": info, "identify": identify}
