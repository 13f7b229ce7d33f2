"""Join the first network that is there."""

import asyncio

import network


async def join(node):
    """Wait until there is a network. The known ones are tried in turn, for ever; without any in cfg, what is stored on the chip
    connects by itself."""
    wlan = network.WLAN(network.STA_IF)
    if wlan.isconnected():
        return
    wlan.active(True)
    known = node.cfg.get("wifi") or ()
    n = 0
    while True:
        if known:
            ssid, password = known[n % len(known)]
            print("wifi:", ssid)
            wlan.connect(ssid, password)
        for _ in range(150):
            if wlan.isconnected():
                print("wifi:", wlan.ifconfig()[0])
                return
            if wlan.status() in (network.STAT_WRONG_PASSWORD, network.STAT_NO_AP_FOUND):
                break
            await asyncio.sleep_ms(100)
        print("wifi:", _WHY.get(wlan.status(), "no answer"))
        wlan.disconnect()
        n += 1
        await asyncio.sleep(1)


_WHY = {network.STAT_WRONG_PASSWORD: "wrong password", network.STAT_NO_AP_FOUND: "not found"}
