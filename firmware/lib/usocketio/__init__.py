"""Socket.IO for MicroPython (Engine.IO 4, over websocket), after the API of python-socketio's AsyncClient.

    sio = AsyncClient()

    @sio.on("temperature", namespace="/home/kitchen")
    async def temperature(value, meta=None):
        print(value)

    await sio.connect("http://gateway.local:8090")
    await sio.emit("fan", "on", namespace="/home/kitchen")


"""


def __getattr__(name):
    if not name[0].isupper():
        raise AttributeError(name)
    part = "aclient" if name == "AsyncClient" else "exceptions"
    value = globals()[name] = getattr(__import__(part, globals(), None, True, 1), name)
    return value
