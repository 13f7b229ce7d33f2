package port

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// users names the programs that have a port open, as far as this user may know: "picocom (pid 812)".
func users(name string) string {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return ""
	}
	handles, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	var who []string
	for _, h := range handles {
		if target, err := os.Readlink(h); err != nil || target != real {
			continue
		}
		pid := strings.Split(h, "/")[2]
		if n := program(pid); !slices.Contains(who, n) {
			who = append(who, n)
		}
	}
	return strings.Join(who, " and ")
}

// program is the name of a process with its number; this process is "another job of the gateway".
func program(pid string) string {
	if pid == strconv.Itoa(os.Getpid()) {
		return "another job of this gateway"
	}
	b, err := os.ReadFile("/proc/" + pid + "/comm")
	if err != nil {
		return "pid " + pid
	}
	return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(b)), pid)
}
