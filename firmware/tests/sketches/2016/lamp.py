import time
import logging
from machine import Pin

import usocketio.client

logging.basicConfig(level=logging.DEBUG)
LOGGER = logging.getLogger('lamp')

red = Pin(14, Pin.OUT)
green = Pin(12, Pin.OUT)
button = Pin(5, Pin.IN)


def main():
    alerts = []

    with usocketio.client.connect('http://gateway.local:8090/') as socketio:

        @socketio.on('connection')
        def on_connection(data):
            LOGGER.info("connected %s", data)

        @socketio.on('alert')
        def on_alert(message):
            red.value(message['status'] == 'red')
            green.value(message['status'] == 'green')
            alerts.append(message['status'])
            LOGGER.info("alert %s, red %d, green %d", message['status'], red.value(), green.value())

        @socketio.at_interval(1)
        def at_interval():
            if alerts and button.value() == 0:
                socketio.send('acknowledge ' + alerts.pop())

        socketio.run_forever()


while True:
    try:
        main()
    except Exception as e:
        LOGGER.info("%s, and once more", type(e).__name__)
        time.sleep(0.5)
