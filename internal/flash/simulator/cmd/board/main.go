// Command board is a simulated ESP8266 at a pseudo terminal, to try flashing on.
//
// It prints a line for each thing that happens, "port /dev/pts/N" first. Lines on standard input are what a person does: reset,
// loader (hold FLASH and press RESET), unplug, plug, quit. It ends with its standard input, too.
package main
