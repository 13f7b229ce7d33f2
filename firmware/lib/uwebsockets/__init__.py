"""WebSockets for MicroPython, after the API of Python's `websockets`.

    async with connect("ws://gateway.local:8090/echo") as ws:
        await ws.send("hello")
        print(await ws.recv())

Parts are loaded when they are first asked for: memory is what a board has least of.
"""


def __getattr__(name):
    if name != "connect" and not name[0].isupper():
        raise AttributeError(name)
    part = "connection" if name in ("connect", "ClientConnection") else "exceptions"
    value = globals()[name] = getattr(__import__(part, globals(), None, True, 1), name)
    return value
