//go:build linux

package simulator

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Why MicroPython starts, in its own numbers.
const (
	causePower    = 0
	causeWatchdog = 1
	causeSoft     = 4
	causeHard     = 6
)

// Exit codes of the machine: how it went down.
const (
	exitSoftRaw  = 73 // soft reset out of the raw REPL, to where it leads back
	exitSoft     = 74
	exitReset    = 75
	exitWatchdog = 76
)

// python is a running MicroPython: a process of Node whose standard input and output are the chip's UART.
type python struct {
	cmd   *exec.Cmd
	uart  *os.File
	mute  atomic.Bool // what it still sends is lost: its power is gone
	ended chan struct{}
	code  int
}

// machine is what starts it.
type machine struct {
	program string // repl.mjs
	dir     string // with flash.bin and files/
	faults  Faults
	output  func([]byte) // what the UART sends
	say     func(string, ...any)
	ended   func(*python)
}

// find looks for the program from the working directory up.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		file := filepath.Join(at, name)
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is neither in %s nor above it", name, dir)
		}
	}
}

// start boots MicroPython; cause is why, raw leads into the raw REPL, flash is how large it takes the flash for: 0 has no room for
// files.
func (m *machine) start(cause int, raw bool, flash int) (*python, error) {
	args := []string{m.program, "--dir", m.dir, "--cause", strconv.Itoa(cause), "--flash", strconv.Itoa(flash)}
	if raw {
		args = append(args, "--raw")
	}
	if m.faults.Has(WiFiWrong) {
		args = append(args, "--wifi", "wrong")
	}
	p := &python{cmd: exec.Command("node", args...), ended: make(chan struct{})}
	input, uart, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer input.Close()
	events, tell, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, uart.Close())
	}
	defer tell.Close()
	p.uart, p.cmd.Stdin, p.cmd.ExtraFiles = uart, input, []*os.File{tell}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, uart.Close(), events.Close())
	}
	p.cmd.Stderr = lines(func(s string) { m.say("micropython: %s", s) })
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("micropython: %w", err), uart.Close(), events.Close())
	}
	go m.watch(p, out, events)
	return p, nil
}

// watch follows the process to its end.
func (m *machine) watch(p *python, out io.Reader, events *os.File) {
	told := make(chan struct{})
	go func() {
		defer close(told)
		defer events.Close()
		for s := bufio.NewScanner(events); s.Scan(); {
			m.say("%s", s.Text())
		}
	}()
	buf := make([]byte, 1024)
	for {
		n, err := out.Read(buf)
		if n > 0 && !p.mute.Load() {
			m.output(append([]byte(nil), buf[:n]...))
		}
		if err != nil {
			break
		}
	}
	<-told
	_ = p.cmd.Wait()
	p.code = p.cmd.ProcessState.ExitCode()
	_ = p.uart.Close()
	close(p.ended)
	m.ended(p)
}

// receive gives bytes to the UART. They are lost when it does not take them in time.
func (p *python) receive(data []byte) {
	_ = p.uart.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = p.uart.Write(data)
}

// stop takes the power away. What was written to files stays: so it gets a moment to hand it over.
func (p *python) stop() {
	p.mute.Store(true)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(700 * time.Millisecond):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// lines is a writer that calls itself for each line; a rest without an end is a line, too.
type lines func(string)

func (f lines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		f(strings.TrimSpace(line))
	}
	return len(p), nil
}
