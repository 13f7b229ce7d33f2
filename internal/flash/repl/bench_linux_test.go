package repl_test

import (
	"testing"
	"time"

	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/repl"
	"gateway/internal/flash/rom"
	"gateway/internal/flash/simulator"
)

// BenchmarkPut takes as long as the line does at the speed of MicroPython's console, and prints what of a file passes in a second.
func BenchmarkPut(b *testing.B) {
	s, err := simulator.Start(simulator.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	p, err := port.Open(s.Port(), 460800)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	l, err := rom.Connect(b.Context(), p, rom.Options{})
	if err == nil {
		err = l.Write(b.Context(), 0, image.ForFlash(simulator.ImageOf(20<<10), 4<<20), nil)
	}
	if err == nil {
		err = l.Boot(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	r, err := repl.Enter(b.Context(), p)
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 20_000)
	for b.Loop() {
		start := time.Now()
		if err := r.Put(b.Context(), "/big", data, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(data))/time.Since(start).Seconds(), "B/s")
	}
}
