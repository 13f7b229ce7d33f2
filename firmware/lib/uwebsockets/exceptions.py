"""What can go wrong with a WebSocket, under the names that `websockets` gives it."""


class WebSocketException(Exception):
    """The parent of all others here."""


class ConnectionClosed(WebSocketException):
    """The connection is over. `code` is a close code of RFC 6455 (1006: it broke without a goodbye), `reason` a text."""

    def __init__(self, code=1006, reason=""):
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class ConnectionClosedOK(ConnectionClosed):
    """It was closed in good order: code 1000, 1001, or 1005, which is none."""


class ConnectionClosedError(ConnectionClosed):
    """It broke, or was closed for a fault."""


class InvalidURI(WebSocketException):
    """Not a ws:// or wss:// address."""


class InvalidHandshake(WebSocketException):
    """The server did not answer the upgrade as it has to."""


class InvalidStatus(InvalidHandshake):
    """The server answered with another HTTP status than 101; `status` is its number."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


class ConcurrencyError(WebSocketException):
    """Two tasks wait in recv() at the same time."""
