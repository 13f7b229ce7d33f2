package broker

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machineClock returns what names the start of the machine and says how long ago it was, suspended time included.
func machineClock() func() (string, time.Duration) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		id = nil
	}
	start := strings.TrimSpace(string(id))
	return func() (string, time.Duration) {
		var ts unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
			return "", 0
		}
		return start, time.Duration(ts.Nano())
	}
}
