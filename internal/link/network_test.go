package link

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/internal/bus"
)

// long reports whether tests that take minutes are wanted.
func long() bool { return os.Getenv("GATEWAY_LONG") != "" }

// inOrder reads numbers from 1 to last. Messages may come twice, each of them first in its turn: what QoS 1 promises.
func inOrder(t *testing.T, next func() string, prefix string, last int) (twice int) {
	t.Helper()
	for want := 1; want <= last; {
		line := next()
		text, ok := strings.CutPrefix(line, prefix)
		n, err := strconv.Atoi(text)
		switch {
		case !ok || err != nil || n > want:
			t.Fatalf("got %q, want %s%d", line, prefix, want)
		case n < want:
			twice++
		default:
			want++
		}
	}
	return twice
}

// onDisk is a link with an outbox on disk.
func onDisk(t *testing.T, c Config) *side {
	t.Helper()
	return newSideOn(t, c, Options{Outboxes: openDisk(t)})
}

func TestTenMinutesOfMessagesWhileTheBrokerIsDown(t *testing.T) {
	const n = 6000
	m := startMosquitto(t, "")
	m.keep("out/#")
	s := onDisk(t, Config{URL: m.url(), Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})})
	s.await(Connected)
	m.stop()
	s.await(Failed)
	var last bus.Receipt
	for i := 1; i <= n; i++ {
		last = s.publish("out/x", strconv.Itoa(i), false)
		<-s.seen
	}
	if err := last.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := s.link.Stats(); st.Queued != n || st.Oldest.IsZero() || st.LastError == "" {
		t.Errorf("%+v", st)
	}
	m.start()
	returned := time.Now()
	s.await(Connected)
	t.Logf("back after %s", time.Since(returned))
	if twice := inOrder(t, m.kept("out/#").message, "out/x ", n); twice != 0 {
		t.Errorf("%d came twice", twice)
	}
	eventually(t, "the outbox is empty", func() bool { st := s.link.Stats(); return st.Queued == 0 && st.Out == n && st.Dropped == 0 })
}

func TestResets(t *testing.T) {
	resets := 15
	if long() {
		resets = 100
	}
	m := startMosquitto(t, "")
	m.keep("out/#")
	p := newProxy(t, m.port)
	s := onDisk(t, Config{URL: p.url(), ClientID: "gw", Topics: topics(
		Topic{Filter: "out/#", Direction: DirectionOut}, Topic{Filter: "in/#", Direction: DirectionIn},
	)})
	far := NewClient(m.url(), "far", ClientOptions{})
	connect(t, far)
	s.await(Connected)
	before, connects := runtime.NumGoroutine(), 0
	n := 0
	for range resets {
		s.await(Connected)
		for range 10 {
			n++
			s.publish("out/x", strconv.Itoa(n), false)
			if err := far.Publish(t.Context(), "in/x", []byte(strconv.Itoa(n)), 1, false); err != nil {
				t.Fatal(err)
			}
			if n%10 == 5 {
				connects++
				p.reset()
			}
		}
	}
	twiceOut := inOrder(t, m.kept("out/#").message, "out/x ", n)
	// local publications pass the bus too
	twiceIn := inOrder(t, func() string {
		for {
			if line := s.message(); strings.HasPrefix(line, "in/") {
				return line
			}
		}
	}, "in/x ", n)
	eventually(t, "the outbox is empty", func() bool { st := s.link.Stats(); return st.Queued == 0 && st.Out == uint64(n) && st.Dropped == 0 })
	t.Logf("%d resets, %d messages each way; twice: %d out, %d in; %d reconnects", connects, n, twiceOut, twiceIn, s.link.Stats().Reconnects)
	eventually(t, "goroutines are as many as before", func() bool { return runtime.NumGoroutine() <= before+5 })
}

// TestNetworksThatDoNotAnswer has the network fail in ways that close nothing, before the connection and during it.
func TestNetworksThatDoNotAnswer(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("at once", func(t *testing.T) {
		for name, mode := range map[string]int32{"black hole": hole, "a byte at a time": drip} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				m := startMosquitto(t, "")
				m.keep("out/#")
				p := newProxy(t, m.port)
				p.mode.Store(mode)
				call := 500 * time.Millisecond
				if long() {
					call = defaultTiming().call
				}
				s := newSideOn(t, Config{URL: p.url(), Keepalive: time.Second, Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})},
					Options{Outboxes: openDisk(t)}, func(l *Link) { l.client.timing.call = call })
				s.publish("out/x", "1", false)
				s.await(Failed)
				eventually(t, "it tries again", func() bool { return p.dialled.Load() >= 3 })
				p.mode.Store(pass)
				s.await(Connected)
				eventually(t, "the first message is there", func() bool { return s.link.Stats().Out == 1 })
				p.mode.Store(mode)
				for i := 2; i <= 100; i++ {
					s.publish("out/x", strconv.Itoa(i), false)
				}
				s.await(Failed)
				p.mode.Store(pass)
				inOrder(t, m.kept("out/#").message, "out/x ", 100)
				eventually(t, "all are acknowledged", func() bool { st := s.link.Stats(); return st.Queued == 0 && st.Dropped == 0 })
			})
		}
	})
	eventually(t, "goroutines are as many as before", func() bool { return runtime.NumGoroutine() <= before })
}

// TestBackInTime is about the delays that users have: a broker is found within 30 seconds of its return, however long it was
// away.
func TestBackInTime(t *testing.T) {
	if !long() {
		t.Skip("takes a minute and a half: set GATEWAY_LONG")
	}
	m := startMosquitto(t, "")
	s := newSideOn(t, Config{URL: m.url(), Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})},
		Options{Outboxes: openDisk(t)}, func(l *Link) { l.client.timing = defaultTiming() })
	s.await(Connected)
	m.stop()
	s.await(Failed)
	time.Sleep(70 * time.Second) // until the delay is at its longest
	s.publish("out/x", "1", false)
	m.start()
	returned := time.Now()
	eventually(t, "it carries", func() bool { return s.link.Stats().Out == 1 })
	took := time.Since(returned)
	t.Logf("back after %s", took)
	if took > 30*time.Second {
		t.Error("too late")
	}
}
