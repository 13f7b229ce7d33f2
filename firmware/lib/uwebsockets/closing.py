"""How a WebSocket ends: goodbyes, theirs and ours."""


async def closed(ws, data):
    """Take the payload of the server's close frame, and answer it."""
    code, reason = 1005, ""
    if data:
        code = data[0] << 8 | data[1] if len(data) > 1 else 0
        if not (999 < code < 1015 and code not in (1004, 1005, 1006) or 2999 < code < 5000):
            return await end(ws, 1002, "bad close code")
        try:
            reason = str(data[2:], "utf-8")
        except UnicodeError:
            code, reason = 1007, ""
    await end(ws, code, reason)


async def end(ws, code, reason=""):
    """Say goodbye, unless that was said, and let go of the stream."""
    try:
        await goodbye(ws, 1000 if code == 1005 else code, reason)
    except OSError:
        pass  # nobody listens any more
    await ws.abort(code, reason)


async def goodbye(ws, code, reason=""):
    """Send the close frame, once. Raise OSError."""
    if not ws.said:
        ws.said = True
        await ws.write(8, code.to_bytes(2, "big") + reason.encode()[:123])
