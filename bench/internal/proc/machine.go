package proc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Machine describes where a measurement was made.
type Machine struct {
	CPU    string // model
	Cores  int
	Kernel string // release
	Go     string
	Node   string // "none" without Node
}

// Describe describes this machine. What cannot be found out is "unknown".
func Describe(ctx context.Context) Machine {
	info, _ := os.ReadFile("/proc/cpuinfo")
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m := Machine{
		CPU:    model(string(info)),
		Cores:  runtime.NumCPU(),
		Kernel: strings.TrimSpace(string(release)),
		Go:     strings.TrimPrefix(runtime.Version(), "go"),
		Node:   "none",
	}
	if out, err := exec.CommandContext(ctx, "node", "--version").Output(); err == nil {
		m.Node = strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	}
	return m
}

// String is one line for a report.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, Linux %s, Go %s, Node %s", m.CPU, m.Cores, m.Kernel, m.Go, m.Node)
}

// model takes the processor's name from /proc/cpuinfo. A Raspberry Pi's has none per core, but names the board.
func model(cpuinfo string) string {
	for _, key := range []string{"model name", "Model"} {
		if v := field(cpuinfo, key); v != "" {
			return v
		}
	}
	return "unknown"
}
