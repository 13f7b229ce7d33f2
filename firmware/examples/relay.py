"""A relay that remembers: what is desired of it comes true, also when it was set while the board was away.

Wiring: relay module IN at D1 (GPIO5), VCC at 5V, GND at GND.

    mosquitto_pub -t devices/relay/shadow/desired/set -m '{"on": true}'
"""

from aio import Pin
from node import Node

node = Node()
relay = Pin(5, Pin.OUT)


@node.changed
def changed(desired):
    on = bool(desired.get("on"))
    relay.value(on)
    return {"on": on}


node.run()
