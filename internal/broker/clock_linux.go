package broker

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machineClock names the start of the machine and says how long ago it was, suspended time included.
func machineClock() (string, time.Duration) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", 0
	}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return "", 0
	}
	return strings.TrimSpace(string(id)), time.Duration(ts.Nano())
}
