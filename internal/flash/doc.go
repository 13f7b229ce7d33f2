// Package flash takes a bare board to a device on the bus: it writes MicroPython to it, pushes the firmware and what the board has
// to know, and waits until the board says that it is there. [Run] does this for one board, wherever the cable hangs; [Service] does
// it for the gateway's page, and [Images], [WiFi] and [Provisioner] are what it needs of the gateway.
package flash
