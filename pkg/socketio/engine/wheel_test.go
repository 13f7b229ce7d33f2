package engine

import (
	"testing"
	"time"
)

func TestWheel(t *testing.T) {
	o := testOptions()
	o.PingInterval, o.PingTimeout = 320*time.Millisecond, 160*time.Millisecond
	s := New(o, nobody{})
	w := s.wheel
	const ms = int64(time.Millisecond)
	conns := make([]*Conn, 50)
	for i := range conns {
		conns[i] = s.newConn(&Request{})
		w.add(conns[i], int64(i+4)*6*ms)
	}
	w.remove(conns[7])
	w.remove(conns[7])
	w.add(conns[9], 22*ms) // moved to the front
	seen := make(map[*Conn]int64)
	for now := int64(0); now < 400*ms; now += 3 * ms {
		for _, c := range w.turn(now, nil) {
			if _, twice := seen[c]; twice {
				t.Fatal("due twice")
			}
			seen[c] = now
		}
	}
	for i, c := range conns {
		due, at := int64(i+4)*6*ms, seen[c]
		if i == 9 {
			due = 22 * ms
		}
		if i == 7 {
			if _, ok := seen[c]; ok {
				t.Error("a removed connection was due")
			}
			continue
		}
		if at > due+3*ms || at < due-2*int64(w.tick) {
			t.Errorf("connection %d was due at %d ms, came at %d ms", i, due/ms, at/ms)
		}
	}
}
