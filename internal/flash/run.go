package flash

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
)

// Work is one board to be made.
type Work struct {
	Kind  Kind
	Port  string
	Baud  int    // the highest to try; 0 is 460800
	Image []byte // MicroPython; not needed for [Files]
	Order Order
}

// Line to a board: gateway/internal/flash/port.Port is one.
type Wire interface {
	rom.Port
	Close() error
}

// Tools are what [Run] works with; the zero value is the real thing.
type Tools struct {
	Open   func(name string, baud int) (Wire, error)
	Within time.Duration // a board has to come online after its restart; 0 is 90 s
	Hands  time.Duration // somebody has to press the buttons, where that is needed; 0 is two minutes, less than 0 not at all
	Logger *slog.Logger
}

func (t Tools) open(name string, baud int) (Wire, error) {
	if t.Open != nil {
		return t.Open(name, baud)
	}
	return port.Open(name, baud)
}

// defaultBaud is the highest speed that nearly every adapter and cable takes.
const defaultBaud = 460800

// onlineWithin is what a board gets to start, to join a slow network and to find the gateway.
const onlineWithin = 90 * time.Second

// handsWithin is what somebody gets to come to the board and press its buttons.
const handsWithin = 2 * time.Minute

// run is one job under way.
type run struct {
	Work
	Tools
	gw Gateway
	t  *Tracker

	wire Wire
	kit  Kit
	repl *repl.REPL
}

// Run does the work, which t follows, and returns nil when the board is online on the bus, else a *[Failure]. Wherever it ends, the
// board can be flashed again: its loader is in ROM.
func Run(ctx context.Context, w Work, gw Gateway, t *Tracker, tools Tools) error {
	if w.Baud == 0 {
		w.Baud = defaultBaud
	}
	if tools.Within == 0 {
		tools.Within = onlineWithin
	}
	if tools.Hands == 0 {
		tools.Hands = handsWithin
	}
	r := &run{Work: w, Tools: tools, gw: gw, t: t}
	err := r.all(ctx)
	if r.wire != nil {
		_ = r.wire.Close()
	}
	if err == nil {
		t.end(nil, &r.kit.Suggestion)
		return nil
	}
	f := failed(t.phase(), err)
	t.end(f, nil)
	return f
}

func (r *run) all(ctx context.Context) error {
	r.t.begin(Connect, 0)
	prepare := r.flash
	if r.Kind == Files {
		prepare = r.enter
	}
	for _, do := range []func(context.Context) error{prepare, r.push, r.restart, r.await} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// flash is everything up to a MicroPython that answers.
func (r *run) flash(ctx context.Context) error {
	known, err := image.Check(r.Image)
	if err != nil {
		return imageFailure(err)
	}
	l, err := r.load(ctx)
	if err != nil {
		return err
	}
	if err := known.Fits(l.Chip().FlashSize); err != nil {
		return imageFailure(err)
	}
	if err := r.provision(ctx); err != nil {
		return err
	}
	for _, do := range []func(context.Context, *rom.Loader) error{r.erase, r.write} {
		if err := do(ctx, l); err != nil {
			return err
		}
	}
	return r.verify(ctx, l, known)
}

// load opens the port and brings the board into its loader.
func (r *run) load(ctx context.Context) (*rom.Loader, error) {
	bauds := speeds(r.Baud)
	if err := r.attach(bauds[0]); err != nil {
		return nil, err
	}
	o := rom.Options{Bauds: bauds, Patience: r.Hands, Log: r.Logger}
	if r.Hands >= 0 {
		o.Manual = func() { r.t.manual(true) }
	}
	l, err := rom.Connect(ctx, r.wire, o)
	if err != nil {
		return nil, err
	}
	c := l.Chip()
	r.t.found(c, l.Baud())
	r.t.say(FromGateway, fmt.Sprintf("%s, MAC %s, %s of flash, at %d baud", c.Name, c.MAC, flashSize(c.FlashSize), l.Baud()))
	return l, nil
}

func (r *run) attach(baud int) (err error) {
	r.wire, err = r.open(r.Port, baud)
	if err != nil {
		r.wire = nil // an interface that holds a nil pointer is none
	}
	return err
}

// speeds are those to try, fastest first.
func speeds(most int) []int {
	list := []int{most}
	for _, baud := range []int{460800, 230400, 115200} {
		if baud < most {
			list = append(list, baud)
		}
	}
	return list
}

func flashSize(n int) string {
	switch {
	case n == 0:
		return "an unknown size"
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// enter is for a board that has MicroPython.
func (r *run) enter(ctx context.Context) (err error) {
	if err := r.attach(rom.ConsoleBaud); err != nil {
		return err
	}
	if r.repl, err = repl.Enter(ctx, r.wire); err != nil {
		return err
	}
	info, err := r.repl.Info(ctx)
	if err != nil {
		return err
	}
	r.t.say(FromGateway, fmt.Sprintf("MicroPython %s on %s answers", info.Version, info.Machine))
	if err := fit(info); err != nil {
		return err
	}
	return r.provision(ctx)
}

// fit refuses a MicroPython that the firmware does not run on.
func fit(i repl.Info) error {
	var major, minor int
	_, err := fmt.Sscanf(i.Version, "%d.%d", &major, &minor)
	switch {
	case !strings.Contains(i.Machine, "ESP8266"):
		return &Failure{Reason: IsOther, Code: fault.Invalid, Detail: "this board runs MicroPython on " + clean(i.Machine) + ": the firmware is for the ESP8266"}
	case err == nil && (major < 1 || major == 1 && minor < oldestMinor):
		return &Failure{
			Reason: IsImage, Code: fault.Invalid, Detail: "the MicroPython on this board is " + clean(i.Version) + ", which is too old for the firmware",
			Remedy: "flash the board instead of pushing files only",
		}
	}
	return nil
}

// oldestMinor is the first MicroPython 1.x that has asyncio by that name.
const oldestMinor = 21

// provision makes the board as soon as one has answered: before anything is changed on it.
func (r *run) provision(ctx context.Context) (err error) {
	if r.kit, err = r.gw.Provision(ctx, r.Order); err != nil {
		return err
	}
	r.t.provisioned(&r.kit)
	r.t.say(FromGateway, fmt.Sprintf("it will be %s, and look for the gateway at %s", r.kit.Board.ID, r.kit.Address))
	return nil
}

// phase is the one under way.
func (t *Tracker) phase() Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.job.Phase
}
