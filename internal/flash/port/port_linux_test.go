package port

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"go.uber.org/goleak"

	"gateway/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// terminal is a pseudo terminal: the board's end, and the name of the host's.
func terminal(t *testing.T) (*os.File, string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	board := os.NewFile(uintptr(fd), "board")
	t.Cleanup(func() { _ = board.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return board, fmt.Sprintf("/dev/pts/%d", n)
}

func open(t *testing.T, name string) *Port {
	t.Helper()
	p, err := Open(name, 115200)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestBytesPassUnchanged(t *testing.T) {
	board, name := terminal(t)
	p := open(t, name)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if err := p.Write(within(t, 5*time.Second), all); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 0, 256)
	for buf := make([]byte, 256); len(got) < 256; {
		n, err := board.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !slices.Equal(got, all) {
		t.Errorf("the board got % x", got)
	}
	if _, err := board.Write(all); err != nil {
		t.Fatal(err)
	}
	got = got[:0]
	for buf := make([]byte, 100); len(got) < 256; {
		n, err := p.Read(within(t, 5*time.Second), buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !slices.Equal(got, all) {
		t.Errorf("the host got % x", got)
	}
}

func TestSpeedReachesTheSystem(t *testing.T) {
	board, name := terminal(t)
	p := open(t, name)
	for _, baud := range []int{460800, 74880, 115200} {
		if err := p.SetBaud(baud); err != nil {
			t.Fatal(err)
		}
		raw, err := board.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			set, err := unix.IoctlGetTermios(int(fd), unix.TCGETS2)
			if err != nil || int(set.Ospeed) != baud || p.Baud() != baud {
				t.Errorf("the line is at %d, %v, want %d", set.Ospeed, err, baud)
			}
		})
	}
}

func TestReadEndsWithTheContext(t *testing.T) {
	_, name := terminal(t)
	p := open(t, name)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Read(ctx, make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := p.Read(within(t, 10*time.Millisecond), make([]byte, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of time: %v", err)
	}
}

func TestWriteEndsWithTheContext(t *testing.T) {
	board, name := terminal(t) // which reads nothing yet
	p := open(t, name)
	if err := p.Write(within(t, 50*time.Millisecond), bytes.Repeat([]byte("a"), 1<<20)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a line that takes nothing more: %v", err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- p.Write(within(t, 5*time.Second), []byte("b")) }()
	old := 0
	for buf := make([]byte, 4096); ; {
		n, err := board.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		if n--; buf[n] == 'b' {
			break
		}
		old += n + 1
	}
	if err := <-wrote; err != nil || old > 200_000 {
		t.Errorf("%v; %d bytes of what was given up came before", err, old)
	}
}

func TestOnePortOneUser(t *testing.T) {
	_, name := terminal(t)
	link := filepath.Join(t.TempDir(), "board")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	p := open(t, name)
	if _, err := Open(link, 115200); !errors.Is(err, ErrBusy) || !strings.Contains(fault.MessageOf(err), "another job of this gateway") {
		t.Errorf("opened twice: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(link, 115200); err != nil {
		t.Error("after it was closed:", err)
	} else if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestUsersAreNamed(t *testing.T) {
	_, name := terminal(t)
	held, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command("sleep", "60")
	other.ExtraFiles = []*os.File{held}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	_ = held.Close()
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	if got, want := users(name), fmt.Sprintf("sleep (pid %d)", other.Process.Pid); got != want {
		t.Errorf("the port is used by %q, want %q", got, want)
	}
}

func TestUnpluggingIsTold(t *testing.T) {
	board, name := terminal(t)
	p := open(t, name)
	read := make(chan error, 1)
	go func() {
		_, err := p.Read(within(t, 5*time.Second), make([]byte, 1))
		read <- err
	}()
	_ = board.Close()
	if err := <-read; !errors.Is(err, ErrGone) || !strings.Contains(fault.MessageOf(err), "plug it in again") || fault.CodeOf(err) != fault.Offline {
		t.Errorf("read: %v", err)
	}
	if err := p.Write(within(t, time.Second), []byte("x")); !errors.Is(err, ErrGone) {
		t.Errorf("write: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := Open(name, 115200); !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrGone) {
		t.Errorf("open: %v", err)
	}
}

func TestCloseEndsARead(t *testing.T) {
	_, name := terminal(t)
	p := open(t, name)
	read := make(chan error, 1)
	go func() {
		_, err := p.Read(t.Context(), make([]byte, 1))
		read <- err
	}()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if err := p.Write(t.Context(), []byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write: %v", err)
	}
}

func TestNoLines(t *testing.T) {
	_, name := terminal(t)
	p := open(t, name)
	if err := p.SetDTR(true); !errors.Is(err, ErrNoLines) {
		t.Errorf("DTR: %v", err)
	}
	if err := p.SetRTS(true); !errors.Is(err, ErrNoLines) {
		t.Errorf("RTS: %v", err)
	}
}

func TestDiscard(t *testing.T) {
	board, name := terminal(t)
	p := open(t, name)
	if _, err := board.WriteString("old"); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Read(within(t, 5*time.Second), make([]byte, 1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := p.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := board.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 10)
	if n, err := p.Read(within(t, 5*time.Second), buf); err != nil || string(buf[:n]) != "new" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}

func TestOpenSaysWhy(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("/dev/ttyNONE", 115200); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such port: %v", err)
	}
	if _, err := Open(plain, 115200); err == nil || !strings.Contains(err.Error(), "not a serial port") {
		t.Errorf("a file: %v", err)
	}
	if _, err := Open("/dev/null", 115200); err == nil || !strings.Contains(err.Error(), "not a serial port") {
		t.Errorf("what everybody has open: %v", err)
	}
	if err := openError("/dev/ttyUSB0", os.ErrPermission); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "sudo usermod -aG dialout $USER") {
		t.Errorf("no permission: %v", err)
	}
}
