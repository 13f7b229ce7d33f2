"""The blocking client of 2016, for sketches without asyncio.

    with usocketio.client.connect("http://gateway.local:8090/") as sio:

        @sio.on("alert")
        def alert(message):
            print(message)

        @sio.at_interval(5)
        def tick():
            sio.emit("uptime", time.time())

        sio.run_forever()

It speaks to "/" only, by the revision of the protocol that AsyncClient speaks.
"""

import json
import sys
from io import StringIO
from time import ticks_add, ticks_diff, ticks_ms

from uwebsockets.client import PATIENCE, now
from uwebsockets.client import connect as dial

from .aclient import AsyncClient
from .packet import encode


class SocketIO(AsyncClient):
    """A connection. What its handlers raise comes out of run_forever()."""

    def __init__(self, ws):
        super().__init__()
        self.ws = ws
        self.sids["/"] = [None] * 3
        self.jobs = []  # [ms, when it is due, function]
        self.over = False

    def on(self, event):
        """Decorator: call the function with the event's first argument, or None. "connection" is when run_forever() begins."""

        def register(f):
            self.handlers.setdefault(event, []).append(f)
            return f

        return register

    def at_interval(self, seconds):
        """Decorator: call the function again and again while run_forever() runs."""

        def register(f):
            self.jobs.append([int(seconds * 1000), ticks_add(ticks_ms(), int(seconds * 1000)), f])
            return f

        return register

    def emit(self, event, data=None):
        """Send an event. Raise OSError."""
        now(self.put(encode(2, "/", (event, data))))

    def send(self, message):
        """Send the event "message"."""
        self.emit("message", message)

    def run_forever(self):
        """Serve until close(). Raise OSError when the connection is gone."""
        for event in ("connect", "connection"):
            self.dispatch("/", None, event)
        heard = ticks_ms()
        while self.ws.open:
            t = ticks_ms()
            self.ws.settimeout(max(1, min([1000] + [ticks_diff(job[1], t) for job in self.jobs])) / 1000)
            try:
                message = self.ws.fetch()
                heard = ticks_ms()
            except OSError:
                message = None
                if ticks_diff(ticks_ms(), heard) > self.patience:
                    now(self.ws.abort())
            if message and not now(self.take(self.ws, message)):
                self.ws.close()
            for job in self.jobs:
                if ticks_diff(ticks_ms(), job[1]) >= 0:
                    job[1] = ticks_add(ticks_ms(), job[0])
                    self.invoke(job, 2)
        if not self.over:
            raise OSError(104, self.error or self.ws.reason)

    def dispatch(self, namespace, id, event, *args):
        on = self.handlers.get(event, ())
        for i in range(len(on)):
            self.invoke(on, i, args[0] if args else None)

    def invoke(self, where, i, *args):
        """Call where[i]. The library's first weeks handed handlers the client, too: those that want it get it."""
        f = where[i]
        try:
            f(*args)
        except TypeError as e:
            trace = StringIO()
            sys.print_exception(e, trace)
            if trace.getvalue().count("File ") > 1:  # not for the call: it came from inside
                raise
            where[i] = lambda *args: f(self, *args)
            where[i](*args)

    def close(self):
        """End the connection, and run_forever()."""
        self.over = True
        self.ws.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def connect(uri):
    """Connect to http://host:port/, or to the whole address, which may hold a token: http://host:port/socket.io/?EIO=3&token=...
    Raise ConnectionError when the gateway refuses, and what uwebsockets.client.connect raises."""
    at = uri.find("/", uri.find("://") + 3)
    path = uri[at:] if 0 <= at < len(uri) - 1 else "/socket.io/?EIO=4"
    ws = dial((uri if at < 0 else uri[:at]) + path.replace("EIO=3", "EIO=4") + "&transport=websocket")
    sio = SocketIO(ws)
    try:
        ws.settimeout(PATIENCE)
        terms = json.loads(ws.recv()[1:])
        sio.patience = terms["pingInterval"] + terms["pingTimeout"]  # ms without a word after which the server is dead
        now(sio.put(encode(0, "/")))
        while True:
            message = ws.fetch() or b"1"
            if message[:2] == b"40":
                return sio
            if not now(sio.take(ws, message)):
                from .exceptions import ConnectionError

                raise ConnectionError(sio.error)
    except BaseException:
        ws.close()
        raise
