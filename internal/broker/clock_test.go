package broker

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/bus"
)

// board is a machine without a battery for its clock. Real time is the test's.
type board struct {
	wrong  time.Duration // how far the time of day is off
	boots  int
	booted time.Time
	record []byte // of the broker's clock, on its disk
}

func (m *board) wall() time.Time { return time.Now().Add(m.wrong) }

func (m *board) clock() (string, time.Duration) { return itoa(m.boots), time.Since(m.booted) }

// boot starts the machine, with the time of day it believes it is.
func (m *board) boot(at time.Time) {
	m.boots++
	m.booted, m.wrong = time.Now(), time.Until(at)
}

// start starts the broker.
func (m *board) start(t *testing.T) *clock {
	c := newClock(m.wall)
	c.machine = m.clock
	if m.record != nil {
		if err := c.resume(m.record); err != nil {
			t.Fatal(err)
		}
	}
	m.record = c.record()
	return c
}

func (m *board) stop(c *clock) { m.record = c.record() }

func inBubble(t *testing.T, fn func(t *testing.T, m *board)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)))
		m := &board{}
		m.boot(time.Now())
		fn(t, m)
	})
}

// left is what is left to live of a message of an hour, waiting for a session and retained, as the disk has them.
type left struct {
	item   []byte
	stored Retained
	dates  map[string]dateRecord
}

func (m *board) publish(c *clock) *left {
	p := &publication{topic: "t", payload: []byte("x"), qos: 1, expiry: 3600, expires: c.after(3600), since: c.counted(), at: m.wall()}
	o := &outgoing{frame: p.frame(variant{v5: true, qos: 1}), qos: 1, expires: p.expires}
	return &left{
		item: encodeItem(o, c), stored: p.stored(),
		dates: map[string]dateRecord{hashOf("t"): {At: p.at.UnixNano(), Since: p.since.Milliseconds()}},
	}
}

// check says how long both still live, from what this run has read of the disk.
func (l *left) check(t *testing.T, c *clock, want time.Duration) {
	t.Helper()
	o, err := decodeItem(l.item, c)
	if err != nil {
		t.Fatal(err)
	}
	r := &retained{clock: c}
	p := r.publication(&l.stored)
	if !p.date(l.dates, c) {
		t.Fatal("the date is not known")
	}
	for name, expires := range map[string]age{"queued": o.expires, "retained": p.expires} {
		if got := max(expires-c.now(), 0); (got - max(want, 0)).Abs() > time.Second {
			t.Errorf("the %s message lives for %s, want %s", name, got, want)
		}
	}
}

func TestMessagesAgeOverReboots(t *testing.T) {
	epoch := time.Unix(0, 0)
	t.Run("with a clock, the time off counts, each time", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			c := m.start(t)
			l := m.publish(c)
			for n := range 3 {
				time.Sleep(5 * time.Minute)
				m.stop(c)
				time.Sleep(12 * time.Minute)
				m.boot(time.Now())
				c = m.start(t)
				l.check(t, c, time.Hour-time.Duration(n+1)*17*time.Minute)
			}
		})
	})
	t.Run("always 1970: nothing expires early, and nothing lives for ever", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			m.boot(epoch)
			c := m.start(t)
			l := m.publish(c)
			for n := range 7 {
				time.Sleep(10 * time.Minute)
				m.stop(c)
				time.Sleep(24 * time.Hour)
				m.boot(epoch)
				c = m.start(t)
				l.check(t, c, time.Hour-time.Duration(n+1)*10*time.Minute)
			}
		})
	})
	t.Run("the time comes after the start", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			c := m.start(t)
			l := m.publish(c)
			time.Sleep(10 * time.Minute)
			m.stop(c)
			time.Sleep(20 * time.Minute)
			m.boot(epoch)
			c = m.start(t)
			time.Sleep(time.Minute)
			l.check(t, c, 49*time.Minute)
			m.wrong = 0
			if off := c.settle(); (off - 20*time.Minute).Abs() > time.Second {
				t.Errorf("the machine was off for %s, want 20m", off)
			}
			l.check(t, c, 29*time.Minute)
			if again := c.settle(); again != 0 {
				t.Errorf("and again %s", again)
			}
			time.Sleep(time.Minute)
			m.stop(c)
			c = m.start(t) // the machine stays up
			l.check(t, c, 28*time.Minute)
		})
	})
	t.Run("the time comes in the run after next", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			c := m.start(t)
			l := m.publish(c)
			m.stop(c)
			for range 2 {
				time.Sleep(10 * time.Minute)
				m.boot(epoch)
				c = m.start(t)
				time.Sleep(time.Minute)
				m.stop(c)
			}
			time.Sleep(10 * time.Minute)
			m.boot(time.Now())
			l.check(t, m.start(t), 28*time.Minute)
		})
	})
	t.Run("what was published in 1970 does not expire when the time comes", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			m.boot(epoch)
			c := m.start(t)
			l := m.publish(c)
			time.Sleep(10 * time.Minute)
			m.wrong = 0
			c.settle()
			m.stop(c)
			c = m.start(t)
			l.check(t, c, 50*time.Minute)
			m.stop(c)
			time.Sleep(10 * time.Minute)
			m.boot(time.Now())
			l.check(t, m.start(t), 40*time.Minute)
		})
	})
	for name, jump := range map[string]time.Duration{"forward": 24 * time.Hour, "back": -24 * time.Hour} {
		t.Run("set a day "+name+" while the broker runs", func(t *testing.T) {
			inBubble(t, func(t *testing.T, m *board) {
				c := m.start(t)
				l := m.publish(c)
				time.Sleep(10 * time.Minute)
				m.wrong = jump
				if off := c.settle(); off != 0 {
					t.Errorf("counted %s", off)
				}
				l.check(t, c, 50*time.Minute)
				m.stop(c)
				time.Sleep(10 * time.Minute)
				c = m.start(t) // the machine stays up
				l.check(t, c, 40*time.Minute)
				m.stop(c)
				m.wrong = 0
				c = m.start(t)
				l.check(t, c, 40*time.Minute)
			})
		})
	}
	t.Run("behind the stored time after a reboot", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			c := m.start(t)
			l := m.publish(c)
			time.Sleep(10 * time.Minute)
			m.stop(c)
			time.Sleep(10 * time.Minute)
			m.boot(time.Now().Add(-48 * time.Hour))
			l.check(t, m.start(t), 50*time.Minute)
		})
	})
	t.Run("a crash costs a minute at most where something was written", func(t *testing.T) {
		inBubble(t, func(t *testing.T, m *board) {
			c := m.start(t)
			l := m.publish(c)
			time.Sleep(8 * time.Minute)
			if !c.due(clockWithData) || c.due(clockInterval) {
				t.Error("the clock is not due with what is written")
			}
			m.record = c.record()
			time.Sleep(30 * time.Second) // then the power fails
			m.boot(epoch)
			l.check(t, m.start(t), 52*time.Minute)
		})
	})
}

// A clock's record of an earlier version of this program.
func TestOldClockRecordIsUnderstood(t *testing.T) {
	inBubble(t, func(t *testing.T, m *board) {
		m.record = []byte(`{"age_ms":3600000,"wall":"` + time.Now().UTC().Format(time.RFC3339Nano) + `","machine":"another","up_ms":5}`)
		time.Sleep(time.Hour)
		c := newClock(m.wall)
		c.machine = m.clock
		if err := c.resume(m.record); err != nil {
			t.Fatal(err)
		}
		if c.now() != time.Hour || c.counted() != 2*time.Hour {
			t.Errorf("age %s, counted %s", c.now(), c.counted())
		}
	})
}

// The broker hears of the time some minutes after its start, and what has expired by then is not sent any more.
func TestTheTimeComesLate(t *testing.T) {
	now := time.Now()
	var wall atomic.Pointer[time.Time]
	set := func(to time.Time) { wall.Store(&to) }
	set(now)
	disk, kept := onDisk(t), &memoryStore{topics: map[string]Retained{}}
	at := func(o *Options) { disk(o); o.Retained = kept; o.Now = func() time.Time { return *wall.Load() } }
	r := start(t, at)
	r.offlineSubscriber("sub", "t", 1)
	for _, topic := range []string{"t", "kept"} {
		for seconds, name := range map[uint32]string{3600: "/hour", 200_000: "/days"} {
			r.publish(topic+name, topic, func(m *bus.Message) { m.QoS, m.Expiry, m.Retain = 1, seconds, topic == "kept" })
			r.publish("t", topic+name, func(m *bus.Message) { m.QoS, m.Expiry = 1, seconds })
		}
	}
	r.close()
	forgetMachine(t, disk)
	set(time.Unix(100, 0))
	r = start(t, at)
	if n := len(r.retained.match("kept/+")); n != 2 {
		t.Fatalf("%d retained messages before the time came, want 2", n)
	}
	set(now.Add(24 * time.Hour))
	r.settleClock()
	sub, _ := r.connect(5, "sub", persistent)
	for _, m := range sub.settle() {
		if string(m.Payload) == "t/hour" || string(m.Payload) == "kept/hour" || m.Properties.MessageExpiryInterval > 200_000-86_300 {
			t.Errorf("got %s, which expires in %d s", m.Payload, m.Properties.MessageExpiryInterval)
		}
	}
	sub.subscribe("kept/+", 0, nil)
	if got := sub.settle(); len(got) != 1 || got[0].TopicName != "kept/days" {
		t.Errorf("of the retained messages came %v", payloads(got))
	}
}
