"""WebSockets for MicroPython, after the API of Python's `websockets`.

    async with connect("ws://gateway.local:8090/echo") as ws:
        await ws.send("hello")
        print(await ws.recv())

`uwebsockets.client` is the blocking client of 2016. Parts are loaded when they are first asked for: a board that uses one of the
two does not pay for the other.
"""

_PARTS = {
    "connect": "connection",
    "ClientConnection": "connection",
}


def __getattr__(name):
    if name[0] == "_" or name[0].islower() and name not in _PARTS:
        raise AttributeError(name)
    module = __import__(_PARTS.get(name, "exceptions"), globals(), None, True, 1)
    value = globals()[name] = getattr(module, name)
    return value
