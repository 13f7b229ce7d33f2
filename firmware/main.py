"""The first file that runs: picks the build and starts it. It is never replaced, and always leaves a way in.

A board has two slots, /a and /b. /slot.json says which is in use ("cur"), which one is on trial ("try") and how many boots the
trial has left ("n"). A build on trial that does not come as far as the gateway in three boots, or that the watchdog ends, is
given up, and the old one runs again. The sketch is app.py in the slot.

The way in: hold the FLASH button (GPIO0) for a moment after reset, or press Ctrl-C in the first second; the board then stays in
the REPL.
"""

import json
import os
import sys
import time

import machine


def choose():
    """Return the slot to run, and note that it was tried."""
    try:
        with open("/slot.json") as f:
            state = json.load(f)
        state["boot"] = state.get("boot", 0) + 1
    except (OSError, ValueError, TypeError, AttributeError):  # it is not there, or no such document
        state = {"cur": "a", "boot": 1}
    slot = state.get("cur", "a")
    if "try" in state:
        state["n"] = state.get("n", 0) - 1
        if state["n"] < 0 or machine.reset_cause() == machine.WDT_RESET:
            state["bad"] = state.pop("try")
        else:
            slot = state["try"]
    try:
        with open("/slot.new", "w") as f:
            json.dump(state, f)
        os.rename("/slot.new", "/slot.json")
    except OSError:  # the flash is full: the board starts all the same, but no trial, whose boots could not be counted
        slot = state.get("cur", "a")
    return slot


def main():
    machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP)
    time.sleep(1)
    if not machine.Pin(0, machine.Pin.IN, machine.Pin.PULL_UP).value():
        print("FLASH is held: the sketch is not started")
        return
    slot = choose()
    sys.path[:0] = ["/" + slot, "/" + slot + "/lib"]
    try:
        import app  # noqa: F401, the sketch
    except Exception as e:
        sys.print_exception(e)
        try:
            with open("/crash.txt", "w") as f:
                sys.print_exception(e, f)
        except OSError:
            pass  # the flash is full
        time.sleep(3)
        machine.reset()


main()
