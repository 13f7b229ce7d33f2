//go:build linux

package simulator

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// cable is a USB cable with a serial adapter: a pseudo terminal, whose other side is the port that a host opens.
type cable struct {
	master *os.File
	port   string // /dev/pts/N
	link   string // a name for it that stays, or ""
	once   sync.Once
}

// plug makes a port, and link a name of it.
func plug(link string) (*cable, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("a pseudo terminal: %w", err)
	}
	c := &cable{master: os.NewFile(uintptr(fd), "/dev/ptmx"), link: link}
	if err := c.prepare(fd); err != nil {
		_ = c.master.Close()
		return nil, fmt.Errorf("a pseudo terminal: %w", err)
	}
	return c, nil
}

func (c *cable) prepare(fd int) error {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return err
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return err
	}
	c.port = fmt.Sprintf("/dev/pts/%d", n)
	if err := raw(fd); err != nil {
		return err
	}
	// Opened and closed once, it is known whether somebody has it open: before, nobody can tell.
	slave, err := unix.Open(c.port, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_ = unix.Close(slave)
	if c.link == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.link), 0o755); err != nil {
		return err
	}
	_ = os.Remove(c.link + ".new")
	if err := os.Symlink(c.port, c.link+".new"); err != nil {
		return err
	}
	return os.Rename(c.link+".new", c.link)
}

// raw makes the line carry bytes as they are: nothing is echoed, no line is edited.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CBAUD|unix.CSIZE|unix.PARENB) | unix.BOTHER | unix.CS8 | unix.CREAD | unix.CLOCAL
	t.Ispeed, t.Ospeed = console, console
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS2, t)
}

// baud is the speed that the host has set.
func (c *cable) baud() int {
	speed := 0
	if raw, err := c.master.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			if t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS2); err == nil {
				speed = int(t.Ospeed)
			}
		})
	}
	return speed
}

// open tells whether a host has the port open.
func (c *cable) open() bool {
	open := false
	if raw, err := c.master.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
			_, err := unix.Poll(p, 0)
			open = err == nil && p[0].Revents&unix.POLLHUP == 0
		})
	}
	return open
}

// read waits for bytes; io.EOF when the cable was pulled.
func (c *cable) read(p []byte) (int, error) {
	for {
		n, err := c.master.Read(p)
		if n > 0 {
			return n, nil
		}
		if !errors.Is(err, unix.EIO) { // which is: nobody has the port open
			return 0, io.EOF
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// write gives bytes to the host; they are lost when nobody has the port open, or does not read.
func (c *cable) write(p []byte) {
	if !c.open() {
		return
	}
	_ = c.master.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	_, _ = c.master.Write(p)
}

// unplug takes the port away from the host.
func (c *cable) unplug() {
	c.once.Do(func() {
		if to, err := os.Readlink(c.link); err == nil && to == c.port {
			_ = os.Remove(c.link)
		}
		_ = c.master.Close()
	})
}
