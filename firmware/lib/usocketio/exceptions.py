"""What can go wrong with Socket.IO, under the names that python-socketio gives it."""


class SocketIOError(Exception):
    """The parent of all others here."""


class ConnectionError(SocketIOError):
    """The server was not there, or refused; the argument says which."""


class TimeoutError(SocketIOError):
    """An ack did not come in time; the argument is the event."""


class DisconnectedError(SocketIOError):
    """The connection broke before the ack came; the argument is the event."""
