# Handlers took the client first when the library was new.
import usocketio.client


def hello():
    with usocketio.client.connect('http://gateway.local:8090/') as socketio:
        @socketio.on('message')
        def on_message(self, message):
            print("message", message)
            self.emit('echo', message)

        @socketio.on('message')
        def on_message_too(self, message):
            print("too", message)

        @socketio.at_interval(1)
        def tick(self):
            self.emit('temperature', {'celsius': 21.5})

        socketio.run_forever()


hello()
