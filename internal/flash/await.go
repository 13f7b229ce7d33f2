package flash

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gateway/internal/fault"
	"gateway/internal/flash/port"
)

// unpluggedWithin is how long a board may still come whose cable was pulled: it may have power from elsewhere.
const unpluggedWithin = 5 * time.Second

// await watches the board's console until the board is on the bus, or says that it cannot get there.
func (r *run) await(ctx context.Context) error {
	r.t.begin(Online, 0)
	limited, cancel := context.WithTimeout(ctx, r.Within)
	defer cancel()
	c := &console{t: r.t, times: map[string]int{}}
	heard := make(chan error, 1)
	go func() {
		err := c.listen(limited, r.wire)
		if isVerdict(err) {
			cancel()
		} else {
			time.AfterFunc(unpluggedWithin, cancel)
		}
		heard <- err
	}()
	hello, err := r.gw.Online(limited, r.kit.Board.ID)
	late := errors.Is(limited.Err(), context.DeadlineExceeded)
	cancel()
	said := <-heard
	switch {
	case err == nil:
		r.t.say(FromGateway, fmt.Sprintf("%s is online: firmware %s at %s", r.kit.Board.ID, hello.Version, hello.IP))
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case isVerdict(said) || errors.Is(said, port.ErrGone):
		return said
	case late:
		return r.absent(c)
	case errors.Is(err, context.Canceled):
		return said
	}
	return err
}

func isVerdict(err error) bool {
	var f *Failure
	return errors.As(err, &f)
}

// absent says what is known of a board that did not come.
func (r *run) absent(c *console) error {
	f := &Failure{Reason: IsOffline, Code: fault.Timeout, err: context.DeadlineExceeded}
	f.Detail = fmt.Sprintf("the board was flashed, but has not come online within %.0f s", r.Within.Seconds())
	switch {
	case c.address != "":
		f.Detail += fmt.Sprintf(": it has joined the network as %s, and does not reach the gateway", c.address)
		f.Remedy = fmt.Sprintf("look whether %s is this gateway's address on that network, and whether a firewall is in between", r.kit.Address)
	case c.trouble != "":
		f.Reason, f.Detail = IsWiFi, f.Detail+": it says \""+c.trouble+"\""
		f.Remedy = "look at the name and password of the Wi-Fi: it has to be one of 2.4 GHz"
		if r.Order.SSID == "" {
			f.Remedy = "say which Wi-Fi it is to join: none was given, and what its chip has stored does not do"
		}
	case c.crash != "":
		f.Detail += ": its program ends with " + c.crash
	case c.lines == 0:
		f.Remedy = "press RESET once: it has not said anything since"
	}
	return f
}

// console is what a board says while it starts.
type console struct {
	t       *Tracker
	partial string
	lines   int
	address string // on its network
	trouble string // with the Wi-Fi, as it said last
	crash   string
	crashes int
	times   map[string]int
}

// listen reads until ctx ends, the port fails, or the board has said something that ends the matter: a *Failure.
func (c *console) listen(ctx context.Context, w Wire) error {
	buf := make([]byte, 512)
	for {
		n, err := w.Read(ctx, buf)
		if err != nil {
			return err
		}
		c.partial += string(buf[:n])
		for {
			line, rest, found := strings.Cut(c.partial, "\n")
			if !found {
				break
			}
			c.partial = rest
			if err := c.hear(strings.TrimRight(line, "\r")); err != nil {
				return err
			}
		}
		if len(c.partial) > 4*maxLine {
			c.t.say(FromBoard, c.partial)
			c.partial = ""
		}
	}
}

// What a board says of a Wi-Fi that it cannot join.
const (
	wrongPassword = "wifi: wrong password"
	notFound      = "wifi: not found"
	noAnswer      = "wifi: no answer"
)

// enoughCrashes is how often a program has to fail to count as one that will not get over it.
const enoughCrashes = 3

func verdicts() []string { return []string{wrongPassword, notFound, noAnswer} }

// enough is how often a board has to say that it cannot join before it is believed: the first attempt after a start fails now and then.
const enough = 2

// hear takes one line.
func (c *console) hear(line string) error {
	if line = withoutNoise(line); clean(line) == "" {
		return nil
	}
	c.lines++
	c.t.say(FromBoard, line)
	what, ok := strings.CutPrefix(line, "wifi: ")
	switch {
	case slices.Contains(verdicts(), line):
		c.trouble = line
		c.times[line]++
	case ok:
		if ip, err := netip.ParseAddr(what); err == nil {
			c.address, c.trouble = ip.String(), ""
		}
	case isException(line):
		c.crash = clean(c.t.hide(line))
		c.crashes++
	}
	switch {
	case c.crashes >= enoughCrashes:
		return &Failure{
			Reason: IsOffline, Code: fault.Unavailable, Detail: "the board starts again and again: its program ends with " + c.crash,
			Remedy: "flash it with another example, or with the agent",
		}
	case c.times[wrongPassword] >= enough:
		return wifiFailure(line, "the board cannot join the Wi-Fi: the password is wrong", "try again with the right one")
	case c.times[notFound] >= enough:
		return wifiFailure(line, "the board does not find the Wi-Fi", "look at its name, and whether it is one of 2.4 GHz that reaches as far")
	}
	return nil
}

// withoutNoise takes away what the chip's ROM says at another speed before anything else.
func withoutNoise(line string) string {
	if utf8.ValidString(line) {
		return line
	}
	last := strings.LastIndexFunc(line, func(r rune) bool { return r == utf8.RuneError || r > unicode.MaxASCII })
	_, size := utf8.DecodeRuneInString(line[last:])
	return strings.TrimSpace(line[last+size:])
}

func wifiFailure(line, detail, remedy string) error {
	return &Failure{Reason: IsWiFi, Code: fault.Offline, Detail: detail + " (it says \"" + line + "\")", Remedy: remedy}
}

// isException reports whether a line ends a traceback, as in "ImportError: no module named 'x'".
func isException(line string) bool {
	name, _, found := strings.Cut(line, ":")
	return found && (strings.HasSuffix(name, "Error") || name == "KeyboardInterrupt") && !strings.ContainsAny(name, " \t")
}
