"""Socket.IO for MicroPython (Engine.IO 4, over websocket), after the API of python-socketio's AsyncClient.

    sio = AsyncClient()

    @sio.event
    async def temperature(value, meta=None):
        print(value)

    await sio.connect("http://gateway.local:8090", namespaces="/home/kitchen")
    await sio.emit("fan", "on", namespace="/home/kitchen")

`usocketio.client` is the blocking client of 2016, for sketches that were written for it. Parts are loaded when they are first
asked for.
"""

_PARTS = ("AsyncClient", "ConnectionError", "TimeoutError", "DisconnectedError")


def __getattr__(name):
    if name not in _PARTS:
        raise AttributeError(name)
    value = globals()[name] = getattr(__import__("aclient", globals(), None, True, 1), name)
    return value
