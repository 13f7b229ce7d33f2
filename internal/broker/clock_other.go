//go:build !linux

package broker

import "time"

// machineClock knows nothing on this system: the broker's age stands still while it is down.
func machineClock() func() (string, time.Duration) {
	return func() (string, time.Duration) { return "", 0 }
}
