//go:build linux

package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// browser is a page whose navigator.serial leads here.
type browser struct {
	conn  *websocket.Conn
	ctx   context.Context
	speed atomic.Int64
}

func (w *browser) baud() int { return int(w.speed.Load()) }

func (w *browser) write(p []byte) {
	ctx, cancel := context.WithTimeout(w.ctx, time.Second)
	defer cancel()
	_ = w.conn.Write(ctx, websocket.MessageBinary, p)
}

func (w *browser) unplug() { _ = w.conn.CloseNow() }

// listen serves browsers: every page may connect, so it is for the loopback.
func (b *Board) listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(b.serve), ReadHeaderTimeout: 5 * time.Second}
	b.done.Go(func() {
		<-b.ctx.Done()
		_ = server.Close()
	})
	b.done.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			b.journal.say("websocket: %v", err)
		}
	})
	b.journal.say("ws ws://%s/", l.Addr())
	b.address = "ws://" + l.Addr().String() + "/"
	return nil
}

// serve is one page: binary messages are bytes, text messages are signals of the port.
func (b *Board) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	host := &browser{conn: conn, ctx: ctx}
	if !b.line.browse(host) {
		_ = conn.Close(websocket.StatusGoingAway, "unplugged")
		return
	}
	defer b.line.leave(host)
	var p pace
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if kind == websocket.MessageText {
			b.signal(host, data)
		} else if !b.line.arrive(&p, received{data: data, baud: host.baud(), web: true}) {
			return
		}
	}
}

// signals are the lines of the port, and its speed, which is no line but has to come somehow.
type signals struct {
	DTR  *bool `json:"dtr"`
	RTS  *bool `json:"rts"`
	Baud *int  `json:"baud"`
}

func (b *Board) signal(host *browser, data []byte) {
	var s signals
	if err := json.Unmarshal(data, &s); err != nil {
		b.journal.say("websocket: signals that are none: %v", err)
		return
	}
	if s.Baud != nil {
		host.speed.Store(int64(*s.Baud))
	}
	b.do(func() { b.set(s.DTR, s.RTS) })
}

// pins are the two lines, and what two transistors make of them: DTR alone pulls GPIO0 (FLASH) down, RTS alone pulls EN (RESET).
type pins struct{ dtr, rts bool }

func (p pins) reset() bool { return p.rts && !p.dtr }
func (p pins) flash() bool { return p.dtr && !p.rts }

// settle is how long RESET takes to rise: its capacitor. Lines that are not set at the very same moment are, by then.
const settle = 20 * time.Millisecond

func (b *Board) set(dtr, rts *bool) {
	before := b.pins
	if dtr != nil {
		b.pins.dtr = *dtr
	}
	if rts != nil {
		b.pins.rts = *rts
	}
	switch {
	case b.pins.reset() && !before.reset():
		if b.rom == nil || !b.options.Faults.Has(NeverResets) {
			b.halt()
		}
	case before.reset() && !b.pins.reset():
		b.rising++
		n := b.rising
		time.AfterFunc(settle, func() { b.post(func() { b.risen(n) }) })
	}
}

// risen is when RESET is up again: the chip looks at GPIO0, and goes where that says.
func (b *Board) risen(n int) {
	switch {
	case n != b.rising || b.pins.reset():
	case b.pins.flash() && !b.options.Faults.Has(Manual):
		b.load()
	case b.rom == nil:
		b.boot(causeHard, false)
	}
}

// WebSocket is the address where browsers get at the board: ws://host:port/. Binary messages are bytes both ways; text messages
// are {"dtr": bool, "rts": bool, "baud": number}, each of them optional.
func (b *Board) WebSocket() string { return b.address }
