"""Socket.IO for MicroPython (Engine.IO 4, over websocket), after the API of python-socketio's AsyncClient.

    sio = AsyncClient()

    @sio.on("temperature", namespace="/home/kitchen")
    async def temperature(value, meta=None):
        print(value)

    await sio.connect("http://gateway.local:8090")
    await sio.emit("fan", "on", namespace="/home/kitchen")


"""

from .aclient import AsyncClient  # noqa: F401


def __getattr__(name):
    if not name[0].isupper():
        raise AttributeError(name)
    import usocketio.exceptions as exceptions

    return getattr(exceptions, name)
