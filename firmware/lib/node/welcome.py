"""The gateway lets us in."""


async def welcome(node, w):
    """Take $welcome {time, name, desired, version}."""
    if "time" in w:
        set_clock(w["time"])
    if w.get("version") != node.version:
        await node.use("shadow", "shadow", {"desired": w.get("desired"), "version": w.get("version"), "full": True})
    await node.use("status", "hello")


def set_clock(seconds):
    """Set the clock, seconds since 1970. A board without one goes by uptime."""
    from time import gmtime

    import machine

    if gmtime(0)[0] == 2000:
        seconds -= 946684800  # the chip counts from 2000
    t = gmtime(seconds)
    machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))
