package socketio

import (
	"testing"
)

// Goroutines that nobody needs are let go.
func TestPoolTrims(t *testing.T) {
	p := newPool()
	p.ticking.Store(true) // no ticks but the test's
	defer p.stop()
	hold, started := make(chan struct{}), make(chan struct{})
	for range 10 {
		w := &work{pool: p}
		w.run = func(j job) { j.do() }
		w.add(job{do: func() {
			started <- struct{}{}
			<-hold
		}}, 0)
	}
	for range 10 {
		recv(t, started)
	}
	close(hold)
	eventually(t, "all are idle", func() bool { return p.idle.Load() == 10 })
	p.trim()
	if n := p.idle.Load(); n != 10 {
		t.Errorf("%d of 10 are left after a busy period", n)
	}
	p.trim()
	eventually(t, "none is left after a quiet period", func() bool { return p.idle.Load() == 0 })
}
