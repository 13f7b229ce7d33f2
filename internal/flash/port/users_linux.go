package port

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxUsers is how many are named.
const maxUsers = 3

// users names the programs that have a port open, as far as this user may know: "picocom (pid 812)".
func users(name string) string {
	var names []string
	for _, pid := range holders(name) {
		if len(names) == maxUsers {
			names = append(names, "others")
			break
		}
		names = append(names, program(pid))
	}
	return strings.Join(names, " and ")
}

// unlocked tells that a program other than this one has a real port open without having locked it; two that read a port get half
// of the bytes each. A pseudo terminal is often held open by the program that made it, which does not read there.
func unlocked(name string) bool {
	real, err := filepath.EvalSymlinks(name)
	if err != nil || strings.HasPrefix(real, "/dev/pts/") {
		return false
	}
	return slices.ContainsFunc(holders(real), func(pid string) bool { return pid != self() })
}

// holders are the processes that have a port open.
func holders(name string) []string {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil
	}
	handles, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	var pids []string
	for _, h := range handles {
		if target, err := os.Readlink(h); err == nil && target == real {
			pids = append(pids, strings.Split(h, "/")[2])
		}
	}
	return slices.Compact(pids)
}

func self() string { return strconv.Itoa(os.Getpid()) }

// program is the name of a process with its number.
func program(pid string) string {
	if pid == self() {
		return "another job of this gateway"
	}
	b, err := os.ReadFile("/proc/" + pid + "/comm")
	if err != nil {
		return "pid " + pid
	}
	return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(b)), pid)
}
