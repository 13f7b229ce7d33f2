package port

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"go.bug.st/serial"

	"gateway/internal/fault"
)

// What can be wrong with a port. They come inside a [fault.Error], whose sentence names the port and the remedy.
var (
	ErrBusy     = errors.New("the port is in use")
	ErrDenied   = errors.New("this user may not open serial ports")
	ErrNotFound = errors.New("there is no such port")
	ErrGone     = errors.New("the board was unplugged")
	ErrNoLines  = errors.New("the adapter has no DTR and RTS lines")
)

// openError is what a person reads when a port does not open.
func openError(name string, err error) error {
	switch {
	case errors.Is(err, ErrBusy) || isCode(err, serial.PortBusy) || errors.Is(err, syscall.EBUSY):
		return busy(name)
	case errors.Is(err, fs.ErrPermission) || isCode(err, serial.PermissionDenied):
		return fault.New(fault.Unavailable, "%s: %w; allow it with `sudo usermod -aG dialout $USER`, then log in again", name, ErrDenied)
	case errors.Is(err, fs.ErrNotExist) || isCode(err, serial.PortNotFound):
		return fault.New(fault.Offline, "%s: %w: plug the board in and look at the list of ports", name, ErrNotFound)
	case vanished(err):
		return gone(name)
	case isCode(err, serial.InvalidSpeed):
		return fault.New(fault.Invalid, "%s: the adapter does not know this speed; choose 115200: %w", name, err)
	case errors.Is(err, syscall.ENOTTY) || isCode(err, serial.InvalidSerialPort):
		return fault.New(fault.Invalid, "%s: this is not a serial port: look at the list of ports", name)
	default:
		return fault.New(fault.Unavailable, "%s: the port does not open: %w", name, err)
	}
}

func busy(name string) error {
	if who := users(name); who != "" {
		return fault.New(fault.Unavailable, "%s: %w by %s: close it and try again", name, ErrBusy, who)
	}
	return fault.New(fault.Unavailable, "%s: %w by another program: close it and try again", name, ErrBusy)
}

func gone(name string) error {
	return fault.New(fault.Offline, "%s: %w: plug it in again and retry", name, ErrGone)
}

// explain makes a sentence of an error of an open port.
func (p *Port) explain(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case p.closed.Load():
		return os.ErrClosed
	case vanished(err) || !isDevice(p.name):
		return gone(p.name)
	default:
		return fault.New(fault.Unavailable, "%s: %s: %w", p.name, what, err)
	}
}

// lineError is [Port.explain] for the lines DTR and RTS, which pseudo terminals and some adapters do without.
func (p *Port) lineError(what string, err error) error {
	if errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || isCode(err, serial.FunctionNotImplemented) {
		return fault.New(fault.Unavailable, "%s: %s: %w", p.name, what, ErrNoLines)
	}
	return p.explain(what, err)
}

// vanished tells that a device is there no more: a read then finds the end, everything else an input or output error, as a rule.
func vanished(err error) bool {
	return isCode(err, serial.PortClosed) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO) ||
		errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.EBADF)
}

func isCode(err error, code serial.PortErrorCode) bool {
	var e *serial.PortError
	return errors.As(err, &e) && e.Code() == code
}
