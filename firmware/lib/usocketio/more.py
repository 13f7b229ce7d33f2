"""The methods of AsyncClient that are needed once, or seldom. self is the client."""

import asyncio
from random import getrandbits

from uwebsockets.lazy import forget


async def connect(
    self, url, headers=None, auth=None, namespaces=None, wait=True, wait_timeout=10, socketio_path="socket.io"
):
    """Connect, and stay connected. url: http, https, ws or wss. auth: a value, or a function that returns it for a namespace.
    namespaces: a name or a list; without it, those that have handlers. With wait=False it returns at once and tries for ever,
    which is what a board wants; else ConnectionError says that it failed."""
    for name in (namespaces,) if isinstance(namespaces, str) else namespaces or self.handlers or (self.space,):
        self.sids[name] = [None, None, None]
    url = "%s/%s/?EIO=4&transport=websocket" % (url.rstrip("/"), socketio_path.strip("/"))
    self.up = asyncio.Event()
    self.task = asyncio.create_task(run(self, url, headers, auth, wait))
    asyncio.create_task(tend(self, self.task))
    if wait:
        try:
            await asyncio.wait_for(self.up.wait(), wait_timeout)
        except asyncio.TimeoutError as e:
            self.error = e
        if not self.connected:
            await disconnect(self)
            raise fault("ConnectionError", self.error)


async def run(self, url, headers, auth, once):
    """Connect, again and again."""
    delay, most = self.delay
    while True:
        try:
            await self.session(url, headers, auth)
        except Exception as e:  # whatever it was: the remedy is the same
            self.error = e
        if self.connected:
            delay = self.delay[0]
            lost(self)
        if not self.again or once and not self.up.is_set():
            return self.up.set()
        forget("usocketio.more")
        await asyncio.sleep_ms(int(delay * (500 + getrandbits(16) / 131.072)))
        delay = min(delay * 2, most)


async def tend(self, task):
    """Look after the connection once a second, as long as task runs."""
    while not task.done():
        await asyncio.sleep_ms(1000)
        self.check()


async def call(self, event, data=None, namespace=None, timeout=10):
    """Send an event and return its ack: None, a value, or a list of several. Raise TimeoutError, DisconnectedError."""
    done = asyncio.Event()
    answer = []

    def callback(*args):
        answer.extend(args)
        done.set()

    await self.emit(event, data, namespace, callback)
    try:
        await asyncio.wait_for(done.wait(), timeout)
    except asyncio.TimeoutError:
        raise fault("TimeoutError", event)
    finally:
        for id, f in list(self.acks.items()):
            if f is callback:
                del self.acks[id]
    if answer and answer[0] is self:
        raise fault("DisconnectedError", event)
    return answer if len(answer) > 1 else answer[0] if answer else None


async def send(self, data, namespace=None):
    """Send the event "message"."""
    await self.emit("message", data, namespace)


def event(self, handler=None, namespace=None):
    """Decorator: the name of the function is that of the event."""
    return self.on(handler.__name__, handler, namespace) if handler else lambda f: event(self, f, namespace)


async def disconnect(self):
    """Close the connection and do not come back."""
    task, self.task = self.task, None
    if task:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    if self.connected:
        lost(self)


async def wait(self):
    """Wait until the connection is over for good."""
    task = self.task
    while task and not task.done():  # to await it would hand a cancellation on to it
        await asyncio.sleep_ms(100)


def get_sid(self, namespace=None):
    """Return the session id in a namespace, or None."""
    return self.sids[namespace or self.space][0]


def lost(self):
    """Forget what belonged to the connection, and say that it is gone."""
    self.connected = False
    for session in self.sids.values():
        session[0] = None
    acks, self.acks = self.acks, {}
    for f in acks.values():
        self.guard(f, (self,))
    for namespace in self.sids:
        self.dispatch(namespace, None, "disconnect")


def fault(name, value):
    import usocketio.exceptions as exceptions

    return getattr(exceptions, name)(value)
