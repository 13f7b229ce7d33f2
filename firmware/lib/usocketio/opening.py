"""How a connection begins: the upgrade, the server's terms, and a CONNECT for each namespace."""

import json
from time import ticks_ms

from uwebsockets.raw import Raw

from .packet import decode, encode


async def open(sio, stream, auth):
    """Open what was dialled; return the WebSocket. Raise what went wrong."""
    sio.ws = ws = Raw(stream, sio.size)
    try:
        terms = json.loads(memoryview(await _message(ws))[1:])
        sio.patience = terms["pingInterval"] + terms["pingTimeout"]  # ms without a heartbeat after which it is dead
        for name, session in sio.sids.items():
            data = auth(name) if callable(auth) else auth
            if session[1]:  # go on where the last connection broke
                data = dict(data or {}, pid=session[1], offset=session[2])
            await sio.put(encode(0, name, data))
        while not sio.ready():
            await _entered(sio, ws, await _message(ws))
        sio.heard = ticks_ms()
        sio.connected = True
        if sio.up:
            sio.up.set()
        for name in sio.sids:
            sio.dispatch(name, None, "connect")
        while sio.queue:
            await sio.put(sio.queue[0])
            sio.queue.pop(0)
    except BaseException:
        sio.ws = None
        await ws.abort()
        raise
    return ws


async def _message(ws):
    message = await ws.read()
    if not message:
        raise OSError(ws.code, ws.reason)
    return message


async def _entered(sio, ws, message):
    """Take what comes before every namespace is there."""
    kind, namespace, _, data, _ = decode(message) if message[:2] in (b"40", b"44") else (9, "", 0, 0, 0)
    if kind == 0:
        sio.sids[namespace][:2] = data["sid"], data.get("pid")
    elif kind == 4:
        sio.dispatch(namespace, None, "connect_error", data)
        raise ValueError(data["message"])
    elif not await sio.take(ws, message):
        raise OSError(sio.error)
