// Package rom talks to the loader in an ESP8266's ROM: it resets the board into it, finds out what chip and flash are there, erases
// and writes the flash, and starts what was written. No program is uploaded to the chip for it.
//
// The loader speaks SLIP frames and finds the speed of the line by the first command after a reset, so a slower line begins with
// another reset. It has no way to read flash back: what was written is verified by MicroPython once it runs.
package rom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Port is the line to the board; [gateway/internal/flash/port.Port] is one.
type Port interface {
	Read(ctx context.Context, b []byte) (int, error) // at least one byte, or ctx's error
	Write(ctx context.Context, b []byte) error
	SetBaud(baud int) error // bits per second
	SetDTR(on bool) error   // asserted holds GPIO0 low (FLASH)
	SetRTS(on bool) error   // asserted holds EN low (RESET)
	Discard() error         // drops what has arrived
}

// ErrNoSync is that no board answered, at no speed and by no way to reset it. It comes with a sentence that says what to try.
var ErrNoSync = errors.New("no board answered")

// NotESP8266 is that another chip answered.
type NotESP8266 struct {
	Chip string // "ESP32-C3"; "unknown chip 0x…" when its number means nothing here
}

func (e *NotESP8266) Error() string {
	return fmt.Sprintf("this is an %s: the gateway puts its firmware on the ESP8266 only; a board with an ESP32 can join over MQTT or socket.io with a program of its own", e.Chip)
}

// Chip is the board that answered.
type Chip struct {
	Name      string `json:"name"`       // "ESP8266"
	MAC       string `json:"mac"`        // of the station, "18:fe:34:…"
	FlashID   uint32 `json:"flash_id"`   // JEDEC id: manufacturer in the low byte, then type, then capacity; 0 is unknown
	FlashSize int    `json:"flash_size"` // bytes; 0 is unknown
}

// Options say how [Connect] goes about it.
type Options struct {
	Bauds []int // speeds to try, fastest first; none is 460800, 230400, 115200
	// Manual is called when the board has to be put into its loader by hand (hold FLASH, press RESET): the adapter has no lines, or
	// no reset brought an answer; again when writing has to begin anew at a lower speed there. nil gives up then.
	Manual   func()
	Patience time.Duration // how long to wait for that; 0 is two minutes
	Log      *slog.Logger  // nil logs nothing
}

// Loader is a board that waits for commands in its ROM. It is for one goroutine. It does not close the port.
type Loader struct {
	port  Port
	opts  Options
	log   *slog.Logger
	speed int     // index into opts.Bauds
	how   *wiring // how a reset works here; nil without lines
	chip  Chip
	slip  decoder
	in    []byte // read and not decoded; a part of buf
	buf   [1024]byte
}

// Chip returns what was found out when connecting.
func (l *Loader) Chip() Chip { return l.chip }

// Baud returns the speed of the line in use, in baud.
func (l *Loader) Baud() int { return l.opts.Bauds[l.speed] }
