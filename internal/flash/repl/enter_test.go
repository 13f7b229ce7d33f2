package repl

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/port"
)

func TestEnterInterruptsWhateverRuns(t *testing.T) {
	for name, prepare := range map[string]func(*peer){
		"a program":                      func(*peer) {},
		"nothing":                        func(p *peer) { p.state = friendly },
		"a raw REPL of before":           func(p *peer) { p.state, p.line = raw, []byte("left over") },
		"a paste of before":              func(p *peer) { p.state = pasting },
		"a program that catches some":    func(p *peer) { p.deaf = 7 },
		"a crash loop":                   func(p *peer) { p.period, p.listens = 1500*time.Millisecond, 200*time.Millisecond },
		"a line that lags":               func(p *peer) { p.lag = 400 * time.Millisecond },
		"bytes one at a time":            func(p *peer) { p.bytewise = true },
		"a program that catches all":     func(p *peer) { p.deaf = 1 << 30 },
		"output that hides the greeting": func(p *peer) { p.say(strings.Repeat("log line\r\n", 10_000)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer()
				prepare(p)
				r, err := Enter(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.Exec(t.Context(), "pass"); err != nil || p.ran[len(p.ran)-1] != "pass" {
					t.Errorf("%v; the board ran %q", err, p.ran)
				}
				if need := name == "a program that catches all"; (p.resets > 0) != need {
					t.Errorf("the board was reset %d times", p.resets)
				}
			})
		})
	}
}

// mute is a board that says nothing, or that went.
type mute struct{ err error }

func (p mute) Read(ctx context.Context, _ []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func (mute) Write(context.Context, []byte) error { return nil }

func TestEnterGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := Enter(t.Context(), mute{})
		if !errors.Is(err, ErrNoREPL) || !strings.Contains(fault.MessageOf(err), "press RESET") {
			t.Errorf("silence: %v", err)
		}
		if took := time.Since(start); took > enterTime+time.Second {
			t.Errorf("after %v", took)
		}
		if _, err := Enter(t.Context(), mute{port.ErrGone}); !errors.Is(err, port.ErrGone) {
			t.Errorf("unplugged: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := Enter(ctx, mute{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}
