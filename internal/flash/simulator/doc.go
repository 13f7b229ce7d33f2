// Package simulator is a board to test with: an ESP8266 at a pseudo terminal, as if it hung at a USB cable.
//
// It has the chip's boot ROM with its quirks, a flash, the timing of a serial line at the speed that the host has set, and after a
// restart the real MicroPython (the WebAssembly build that the firmware's tests run on) with the files that were pushed to it, its
// sockets real. It is part of no program but cmd/board, and runs on Linux.
package simulator
