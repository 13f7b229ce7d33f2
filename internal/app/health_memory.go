package app

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime/debug"

	"gateway/internal/api"
)

// A machine that has less memory left than this, in bytes, kills programs soon.
const littleMemory = 32 << 20

func (g *gateway) checkMemory() []api.Check {
	limit := uint64(debug.SetMemoryLimit(-1))
	if now := memoryNow(); now.Heap > limit/10*9 {
		return []api.Check{{
			ID: "memory", State: api.StateWarn, Title: "the gateway needs nearly all the memory it may use",
			Cause:  fmt.Sprintf("%s of %s hold data, so the processor is busy clearing up", megabytes(now.Heap), megabytes(limit)),
			Remedy: "lower state.max_bytes, mqtt.max_queued or socketio.max_queue",
		}}
	}
	if free, ok := availableMemory(); ok && free < littleMemory {
		return []api.Check{{
			ID: "memory", State: api.StateWarn, Title: "this machine has hardly any memory left",
			Cause: megabytes(free) + " are left for all programs", Remedy: "stop what is not needed on it",
		}}
	}
	return nil
}

// availableMemory is what the system could still give, in bytes; Linux says so.
func availableMemory() (uint64, bool) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		var kB uint64
		if _, err := fmt.Sscanf(s.Text(), "MemAvailable: %d kB", &kB); err == nil {
			return kB << 10, true
		}
	}
	return 0, false
}
