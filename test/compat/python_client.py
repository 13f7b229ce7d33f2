"""Debian's python-socketio, a client that shares no code with the JavaScript ones, against `conformance -mode clients`.

Usage: python_client.py URL polling|websocket|upgrade. Prints "ok" when everything was as it should be.
"""
import sys
import threading

import engineio.payload
import socketio

# Its default of 16 packets in one polling answer is less than any server sends in a burst.
engineio.payload.Payload.max_decode_packets = 2000

url, transport = sys.argv[1:]
transports = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}[transport]


def want(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r:.300}, want {expected!r:.300}")


client = socketio.Client()
items, all_items = [], threading.Event()


@client.on("item")
def item(n):
    items.append(n)
    if len(items) == 1000:
        all_items.set()


client.connect(url, transports=transports)
for value in ["text", "grün 😀", 21.5, True, None, {"a": [1, {"b": None}]}, [], bytes(range(256)), {"in": b"\x00\xff"}]:
    want("echo", client.call("echo", value), value)
client.emit("burst", 1000)
if not all_items.wait(30):
    sys.exit(f"only {len(items)} of 1000 events came")
want("burst", sorted(items), list(range(1000)))  # this client runs each handler in a thread of its own: no order here
for n in range(1000):
    client.emit("item", n)
want("items", client.call("items"), (1000, True))
want("a large event", client.call("echo", "x" * 500_000), "x" * 500_000)
client.disconnect()
print("ok")
