package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what must happen, before it fails.
const patience = 30 * time.Second

// process is a gateway that a script started.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once it has ended and all its output is in
	lines chan string   // its output as it comes, both streams

	mu     sync.Mutex
	output strings.Builder
}

// processKey is where a script keeps its processes, by name.
type processKey struct{}

// launch starts the program args[0], found as exec would find it, in the script's directory.
func launch(ts *testscript.TestScript, args []string) *process {
	p := &process{ended: make(chan struct{}), lines: make(chan string, 1000)}
	p.cmd = exec.Command(lookPath(ts, args[0]), args[1:]...)
	p.cmd.Dir, p.cmd.Env = ts.Getenv("WORK"), environ(ts)
	out, in, err := os.Pipe()
	ts.Check(err)
	p.cmd.Stdout, p.cmd.Stderr = in, in
	err = p.cmd.Start()
	in.Close()
	ts.Check(err)
	go p.read(out)
	ts.Defer(func() {
		_ = p.cmd.Process.Kill() // has ended already, if all went well
		<-p.ended
	})
	return p
}

func (p *process) read(out *os.File) {
	defer close(p.ended)
	defer out.Close()
	for s := bufio.NewScanner(out); s.Scan(); {
		p.mu.Lock()
		p.output.WriteString(s.Text() + "\n")
		p.mu.Unlock()
		select {
		case p.lines <- s.Text():
		default: // nobody awaits that much
		}
	}
	_ = p.cmd.Wait() // ProcessState says how it ended
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// await returns the next line that holds text, empty when the process ends or time runs out first.
func (p *process) await(text string) string {
	timeout := time.After(patience)
	for {
		select {
		case line := <-p.lines:
			if strings.Contains(line, text) {
				return line
			}
		case <-p.ended:
			return ""
		case <-timeout:
			return ""
		}
	}
}

// lookPath finds a program on the script's own PATH.
func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
	}
	ts.Fatalf("%s is not on PATH", name)
	return ""
}

// environ is the part of the script's environment that a gateway looks at.
func environ(ts *testscript.TestScript) []string {
	env := []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("WORK")}
	if dir := os.Getenv("GOCOVERDIR"); dir != "" {
		env = append(env, "GOCOVERDIR="+dir)
	}
	return env
}

// signals a script can send.
func signals() map[string]syscall.Signal {
	return map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP}
}
