package rom_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/rom"
	"gateway/internal/flash/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// board is a simulated one at a pseudo terminal, and the port that it hangs at. Python does not run on it.
func board(t *testing.T, o simulator.Options) (*simulator.Board, *port.Port) {
	t.Helper()
	o.Dir, o.Program = t.TempDir(), "/none"
	b, err := simulator.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p, err := port.Open(b.Port(), 115200)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return b, p
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestFlashASimulatedBoard(t *testing.T) {
	for name, c := range map[string]struct {
		faults simulator.Faults
		baud   int
	}{
		"nothing wrong":              {nil, 460800},
		"every 97th block":           {simulator.Faults{simulator.Block97}, 460800},
		"garbage before the answer":  {simulator.Faults{simulator.Noise}, 460800},
		"a cable for 115200 only":    {simulator.Faults{simulator.Slow}, 115200},
		"a board reset by hand only": {simulator.Faults{simulator.Manual}, 460800},
		"all of it":                  {simulator.Faults{simulator.Block97, simulator.Noise, simulator.Slow, simulator.Manual}, 115200},
	} {
		t.Run(name, func(t *testing.T) {
			b, p := board(t, simulator.Options{Faults: c.faults, Fast: true})
			l, err := rom.Connect(within(t, time.Minute), p, rom.Options{Manual: b.Loader})
			if err != nil {
				t.Fatal(err)
			}
			want := rom.Chip{Name: "ESP8266", MAC: simulator.MAC, FlashID: 0x1640EF, FlashSize: 4 << 20}
			if l.Chip() != want || l.Baud() != c.baud {
				t.Errorf("%+v at %d baud, want %+v at %d", l.Chip(), l.Baud(), want, c.baud)
			}
			img := image.ForFlash(simulator.ImageOf(128<<10), l.Chip().FlashSize)
			if err := l.Write(within(t, time.Minute), 0, img, nil); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Flash()[:len(img)], img) {
				t.Error("the flash holds something else")
			}
			if err := l.Boot(within(t, time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Await(within(t, time.Minute), "flash end"); err != nil {
				t.Error(err)
			}
			if said, err := b.Await(within(t, time.Minute), "boot"); err != nil || said != "boot" { // not: nothing to boot
				t.Error(said, err)
			}
		})
	}
}

func TestRefusalsOfASimulatedBoard(t *testing.T) {
	t.Run("another chip", func(t *testing.T) {
		_, p := board(t, simulator.Options{Faults: simulator.Faults{simulator.ESP32}, Fast: true})
		_, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
		if other := new(rom.NotESP8266); !errors.As(err, &other) || other.Chip != "ESP32" {
			t.Error(err)
		}
	})
	t.Run("a small flash", func(t *testing.T) {
		_, p := board(t, simulator.Options{Faults: simulator.Faults{simulator.Short}, Fast: true})
		l, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
		if err != nil || l.Chip().FlashSize != 1<<20 {
			t.Fatal(l, err)
		}
	})
	t.Run("silence", func(t *testing.T) {
		_, p := board(t, simulator.Options{Faults: simulator.Faults{simulator.NeverSync}, Fast: true})
		if _, err := rom.Connect(within(t, time.Minute), p, rom.Options{}); !errors.Is(err, rom.ErrNoSync) {
			t.Error(err)
		}
	})
}

func TestUnplugASimulatedBoard(t *testing.T) {
	b, p := board(t, simulator.Options{Fast: true})
	l, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	img := simulator.ImageOf(128 << 10)
	err = l.Write(within(t, time.Minute), 0, img, func(done, _ int64) {
		if done > 100_000 {
			b.Unplug()
		}
	})
	if !errors.Is(err, port.ErrGone) {
		t.Fatal(err)
	}
	_ = p.Close()
	if err := b.Plug(); err != nil {
		t.Fatal(err)
	}
	if p, err = port.Open(b.Port(), 115200); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if l, err = rom.Connect(within(t, time.Minute), p, rom.Options{}); err != nil {
		t.Fatal("plugged in again:", err)
	}
	if err := l.Write(within(t, time.Minute), 0, img, nil); err != nil {
		t.Fatal(err)
	}
}

func TestCancelASimulatedBoardAndStartOver(t *testing.T) {
	b, p := board(t, simulator.Options{Fast: true})
	l, err := rom.Connect(within(t, time.Minute), p, rom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	img := simulator.ImageOf(128 << 10)
	ctx, cancel := context.WithCancel(t.Context())
	err = l.Write(ctx, 0, img, func(done, _ int64) {
		if done > 50_000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	_ = p.Close()
	if p, err = port.Open(b.Port(), 115200); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if l, err = rom.Connect(within(t, time.Minute), p, rom.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := l.Write(within(t, time.Minute), 0, img, nil); err != nil || !bytes.Equal(b.Flash()[:len(img)], img) {
		t.Fatal("the flash holds something else", err)
	}
}

// BenchmarkWrite takes as long as the line does, and prints how much of it is used for the image.
func BenchmarkWrite(b *testing.B) {
	for _, baud := range []int{460800, 230400, 115200} {
		b.Run(strconv.Itoa(baud), func(b *testing.B) { writeAt(b, baud) })
	}
}

func writeAt(b *testing.B, baud int) {
	s, err := simulator.Start(simulator.Options{Dir: b.TempDir(), Program: "/none"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	p, err := port.Open(s.Port(), 115200)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	l, err := rom.Connect(b.Context(), p, rom.Options{Bauds: []int{baud}})
	if err != nil {
		b.Fatal(err)
	}
	img := simulator.ImageOf(200 << 10)
	b.SetBytes(int64(len(img)))
	for b.Loop() {
		start, begun := time.Now(), time.Time{}
		err := l.Write(b.Context(), 0, img, func(int64, int64) {
			if begun.IsZero() {
				begun = time.Now()
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		rate := float64(len(img)-1024) / time.Since(begun).Seconds()
		b.ReportMetric(rate, "B/s")
		b.ReportMetric(100*rate/(float64(baud)/10), "%-of-line")
		b.ReportMetric(time.Since(start).Seconds()-time.Since(begun).Seconds(), "s-erase")
	}
}
