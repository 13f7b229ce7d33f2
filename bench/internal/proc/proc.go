// Package proc reads what a process used, and what machine it is on, from /proc. Linux only.
package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ is 100 on every platform Go runs on.
const tick = 10 * time.Millisecond

// CPU returns the time that all threads of the process spent so far, in user and kernel mode.
func CPU(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(string(b))
}

// parseStat reads fields 14 and 15. The name, field 2, is in parentheses and may hold spaces.
func parseStat(s string) (time.Duration, error) {
	f := strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
	if len(f) < 13 {
		return 0, fmt.Errorf("stat has %d fields after the name, want 13 or more", len(f))
	}
	user, err := strconv.ParseInt(f[11], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("utime: %w", err)
	}
	system, err := strconv.ParseInt(f[12], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("stime: %w", err)
	}
	return time.Duration(user+system) * tick, nil
}

// Machine-wide: user, nice and system time, the first three fields of the first line of /proc/stat.
const busyFields = 3

// Busy returns the time that all processes together spent so far, on all cores.
func Busy() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b))
	if len(f) < 1+busyFields || f[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", f[:min(len(f), 1+busyFields)])
	}
	var sum int64
	for _, s := range f[1 : 1+busyFields] {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * tick, nil
}

// RSS returns the resident memory of the process in KiB.
func RSS(pid int) (int64, error) {
	name := fmt.Sprintf("/proc/%d/status", pid)
	b, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	f := strings.Fields(field(string(b), "VmRSS"))
	if len(f) == 0 {
		return 0, fmt.Errorf("%s: no VmRSS", name)
	}
	return strconv.ParseInt(f[0], 10, 64)
}

// Written returns the bytes that the process had written to storage so far: every page that it made dirty, whole. What the file
// system writes for itself (its journal, directories) is not in it. Where files are in memory (tmpfs) it stays 0.
func Written(pid int) (int64, error) {
	name := fmt.Sprintf("/proc/%d/io", pid)
	b, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(field(string(b), "write_bytes"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// field returns the value of the first "name: value" line, trimmed; empty if there is none.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
