package repl

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func enter(t *testing.T, p *peer) *REPL {
	t.Helper()
	r, err := Enter(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExecOnEveryFirmware(t *testing.T) {
	long := "x = 1\n" + strings.Repeat("# what does not fit the board's buffer\n", 60)
	for name, c := range map[string]struct {
		age      age
		bytewise bool
		chatter  string
	}{
		"current":                   {},
		"byte by byte":              {bytewise: true},
		"built without raw paste":   {age: noPaste},
		"older than raw paste":      {age: ancient},
		"older, byte by byte":       {age: ancient, bytewise: true},
		"something else is printed": {chatter: "timer: 1\r\nR>"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer()
				p.age, p.bytewise, p.chatter = c.age, c.bytewise, c.chatter
				p.run = func(string) (string, string) { return "one\ntwo\n", "" }
				r := enter(t, p)
				for range 3 {
					out, err := r.Exec(t.Context(), long)
					if err != nil || out != "one\r\ntwo\r\n" {
						t.Fatalf("%q, %v", out, err)
					}
				}
				if want := []string{long, long, long}; !slices.Equal(p.ran, want) {
					t.Errorf("the board ran %.100q", p.ran)
				}
				if p.overflow {
					t.Error("the board's buffer overflowed")
				}
			})
		})
	}
}

func TestExecBringsExceptions(t *testing.T) {
	for name, stopAt := range map[string]int{"while it runs": 0, "while it is read": 300} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer()
				p.stopAt = stopAt
				p.run = func(string) (string, string) {
					return "before\n", "Traceback (most recent call last):\n  File \"<stdin>\", line 1\nSyntaxError: invalid syntax\n"
				}
				r := enter(t, p)
				for range 2 {
					out, err := r.Exec(t.Context(), strings.Repeat("pass\n", 400))
					var python *PythonError
					if !errors.As(err, &python) || err.Error() != "on the board: SyntaxError: invalid syntax" || out != "before\r\n" {
						t.Fatalf("%q, %v", out, err)
					}
				}
			})
		})
	}
}

func TestExecEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer()
		r := enter(t, p)
		p.silent = true
		start := time.Now()
		if _, err := r.Exec(t.Context(), "while 1:pass"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != execTime {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Whatever a board answers to the offer of a paste: it is an answer, a refusal or not whole yet, and nothing is taken twice.
func FuzzPasteAnswer(f *testing.F) {
	f.Add([]byte("R\x01\x80\x00\x01"))
	f.Add([]byte("R\x00>"))
	f.Add([]byte("rR\x01\x00\x00" + greeting))
	f.Fuzz(func(t *testing.T, in []byte) {
		window, rest, err := pasteAnswer(in)
		switch {
		case window < 0 || window > 0xFFFF || window > 0 && err != nil:
			t.Errorf("window %d, %v", window, err)
		case len(rest) > len(in) || string(in[len(in)-len(rest):]) != string(rest):
			t.Errorf("%q is left of %q", rest, in)
		case window > 0 || err != nil:
			if len(rest) == len(in) {
				t.Error("nothing was taken")
			}
		}
	})
}

// replay is a board that says what it was recorded to say, whatever it is told.
type replay struct{ out []byte }

func (p *replay) Read(_ context.Context, b []byte) (int, error) {
	if len(p.out) == 0 {
		return 0, context.DeadlineExceeded
	}
	n := copy(b[:1], p.out)
	p.out = p.out[n:]
	return n, nil
}

func (p *replay) Write(context.Context, []byte) error { return nil }

// Whatever a board answers: running code ends, with what it printed or an error.
func FuzzExec(f *testing.F) {
	f.Add([]byte("R\x01\x80\x00\x01\x01\x01\x04hello\r\n\x04\x04>"))
	f.Add([]byte("R\x00>OKhello\x04Traceback\r\nE: x\x04>"))
	f.Add([]byte("R\x01\x01\x00\x04\x04\x04"))
	f.Fuzz(func(t *testing.T, said []byte) {
		r := &REPL{port: &replay{said}}
		if out, err := r.Exec(t.Context(), "print('hello')"); err == nil && strings.Contains(out, ctrlD) {
			t.Errorf("%q has the end in it", out)
		}
	})
}
