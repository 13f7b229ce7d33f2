package flash

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
)

// talk is a wire that says something, and then nothing, or that it was unplugged.
type talk struct {
	Wire
	parts []string
	end   error
}

func (w *talk) Read(ctx context.Context, b []byte) (int, error) {
	if len(w.parts) == 0 {
		if w.end != nil {
			return 0, w.end
		}
		<-ctx.Done()
		return 0, ctx.Err()
	}
	n := copy(b, w.parts[0])
	w.parts = w.parts[1:]
	return n, nil
}

// nobody is a gateway at which no board comes.
type nobody struct{ Gateway }

func (nobody) Online(ctx context.Context, _ string) (Hello, error) {
	<-ctx.Done()
	return Hello{}, ctx.Err()
}

func bytewise(s string) (parts []string) {
	for i := range len(s) {
		parts = append(parts, s[i:i+1])
	}
	return parts
}

func TestWhyABoardDoesNotCome(t *testing.T) {
	gone := fault.New(fault.Offline, "p: %w", port.ErrGone)
	for name, c := range map[string]struct {
		says   string
		end    error
		reason Reason
		detail string
		remedy string
	}{
		"nothing":            {"", nil, IsOffline, "has not come online", "RESET"},
		"wrong password":     {"wifi: a\r\nwifi: wrong password\r\nwifi: a\r\nwifi: wrong password\r\n", nil, IsWiFi, "the password is wrong", "again"},
		"not found":          {"wifi: a\nwifi: not found\nwifi: a\nwifi: not found\n", nil, IsWiFi, "does not find the Wi-Fi", "2.4 GHz"},
		"once is not enough": {"wifi: a\nwifi: wrong password\nwifi: a\nwifi: 192.168.1.7\n", nil, IsOffline, "joined the network as 192.168.1.7", "firewall"},
		"no answer":          {"wifi: a\nwifi: no answer\nwifi: no answer\nwifi: no answer\n", nil, IsWiFi, "no answer", "none was given"},
		"a crash":            {"Traceback (most recent call last):\n  File \"x\", line 1\nImportError: no module named 'y'\n", nil, IsOffline, "ImportError: no module named 'y'", ""},
		"a crash loop":       {strings.Repeat("MemoryError: memory allocation failed\n", 3), nil, IsOffline, "again and again", "another example"},
		"a secret":           {"ValueError: cannot join with hush hush\n", nil, IsOffline, "cannot join with ***", ""},
		"noise, then words":  {"\xfe\xb2l\x9c#x\xc9wifi: wrong password\nwifi: wrong password\n", nil, IsWiFi, "wrong", "again"},
		"unplugged":          {"wifi: a\n", gone, IsGone, "unplugged", ""},
		"a name like that":   {"wifi: 1.2.3.x\n", nil, IsOffline, "has not come online", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := Work{Kind: Full}
			r := &run{Work: w, Tools: Tools{Within: 2 * time.Second}, gw: nobody{}, t: NewTracker("", w, nil), wire: &talk{parts: bytewise(c.says), end: c.end}}
			r.t.provisioned(&Kit{Secrets: []string{"hush hush"}})
			if c.end != nil {
				r.Within = patience
			}
			f := failed(Online, r.await(t.Context()))
			if f.Reason != c.reason || !strings.Contains(f.Detail, c.detail) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("%s: %s; %s", f.Reason, f.Detail, f.Remedy)
			}
		})
	}
}

// patience is how long anything may take before a test fails.
const patience = 60 * time.Second

type here struct{ Gateway }

func (here) Online(context.Context, string) (Hello, error) { return Hello{Version: "v1"}, nil }

func TestABoardThatComesEndsTheMatter(t *testing.T) {
	w := Work{Kind: Full}
	r := &run{Work: w, Tools: Tools{Within: patience}, gw: here{}, t: NewTracker("", w, nil), wire: &talk{}}
	if err := r.await(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.gw = nobody{}
	if f := failed(Online, r.await(ctx)); f.Reason != IsCancelled {
		t.Errorf("given up: %+v", f)
	}
}

func TestAnEndlessLineIsBounded(t *testing.T) {
	w := Work{Kind: Full}
	tr := NewTracker("", w, nil)
	c := &console{t: tr, times: map[string]int{}}
	wire := &talk{end: io.EOF}
	for range 100 {
		wire.parts = append(wire.parts, strings.Repeat("x", 500))
	}
	if err := c.listen(t.Context(), wire); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	for _, l := range tr.Job().Log {
		if len(l.Text) > maxLine+3 {
			t.Fatalf("a line of %d bytes", len(l.Text))
		}
	}
	if len(c.partial) > 8*maxLine {
		t.Errorf("%d bytes wait for the end of a line", len(c.partial))
	}
}

func FuzzConsole(f *testing.F) {
	f.Add("wifi: wrong password\n\xff\xfe\x00\x1b[31m\nwifi: 1.2.3.4\n")
	f.Fuzz(func(t *testing.T, said string) {
		w := Work{Kind: Full}
		tr := NewTracker("", w, nil)
		tr.provisioned(&Kit{Secrets: []string{"hush hush"}})
		c := &console{t: tr, times: map[string]int{}}
		_ = c.listen(t.Context(), &talk{parts: []string{said}, end: io.EOF})
		for _, l := range tr.Job().Log {
			if strings.ContainsAny(l.Text, "\x00\x1b\r\n") || strings.Contains(l.Text, "hush hush") || len(l.Text) > maxLine+3 {
				t.Errorf("%q", l.Text)
			}
		}
	})
}

func TestOnlyAMicroPythonThatFits(t *testing.T) {
	for _, c := range []struct {
		version, machine string
		want             Reason
	}{
		{"1.27.0", "ESP module with ESP8266", ""},
		{"1.21.0", "ESP module with ESP8266", ""},
		{"2.0.0", "ESP module with ESP8266", ""},
		{"", "ESP module with ESP8266", ""}, // it does not say
		{"1.20.0", "ESP module with ESP8266", IsImage},
		{"1.27.0", "Generic ESP32 module with ESP32", IsOther},
		{"1.27.0", "Raspberry Pi Pico with RP2040", IsOther},
	} {
		err := fit(repl.Info{Version: c.version, Machine: c.machine})
		got := Reason("")
		if err != nil {
			got = failed(Connect, err).Reason
		}
		if got != c.want {
			t.Errorf("%s on %s: %q, want %q", c.version, c.machine, got, c.want)
		}
	}
}
