package link

import (
	"context"
	"errors"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/store"
)

// disk is an OutboxStore on the real store, the way internal/app has it.
type disk struct{ *store.Store }

func (d disk) Open(link string, bounds Outbox, dropped func(int, string)) (Queue, error) {
	o := store.QueueOptions{MaxMessages: bounds.MaxMessages, MaxBytes: bounds.MaxBytes, MaxAge: bounds.MaxAge, OnDrop: dropped}
	if bounds.Full == FullRefuse {
		o.Full = store.Refuse
	}
	q, err := d.Queue("link/"+link, o)
	return diskQueue{q}, err
}

type diskQueue struct{ *store.Queue }

func (q diskQueue) Append(data []byte) (uint64, func(context.Context) error, error) {
	id, commit, err := q.Queue.Append(data)
	if errors.Is(err, store.ErrFull) {
		err = ErrFull
	}
	return id, commit.Wait, err
}

func (q diskQueue) Next(after uint64, limit int) (out []QueueItem, err error) {
	items, err := q.Queue.Next(after, limit)
	for _, item := range items {
		out = append(out, QueueItem{ID: item.ID, Data: item.Data, Age: item.Age})
	}
	return out, err
}

func (q diskQueue) Remove(id uint64) { q.Queue.Remove(id) }

// openDisk opens a store that ends with the test.
func openDisk(t *testing.T) disk {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return disk{s}
}

// moody is a queue whose disk fails, or takes its time.
type moody struct {
	Queue
	wait func(context.Context) error
}

func (q moody) Append(data []byte) (uint64, func(context.Context) error, error) {
	id, wait, err := q.Queue.Append(data)
	return id, func(ctx context.Context) error { return errors.Join(q.wait(ctx), wait(ctx)) }, err
}

// detached is a link that never runs.
func detached(t *testing.T, c Config) *side {
	t.Helper()
	s := &side{t: t, Bus: bus.New(bus.Options{Values: &values{m: map[string]bus.Message{}}})}
	c.Name, c.URL = "house", "mqtt://127.0.0.1:1"
	c.Topics = []Topic{{Filter: "zero", Direction: DirectionOut}, {Filter: "one", Direction: DirectionOut, QoS: 1}}
	var err error
	if s.link, err = New(c, s.Bus, Options{}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPublishersWaitForTheDisk(t *testing.T) {
	s := detached(t, Config{})
	broken := errors.New("no space left on the disk")
	s.link.outbox.durable = moody{s.link.outbox.durable, func(context.Context) error { return broken }}
	receipt := s.publish("one", "x", false)
	if err := receipt.Wait(t.Context()); !errors.Is(err, broken) {
		t.Errorf("the publisher is told %v", err)
	}
	if st := s.link.Stats(); st.Dropped != 1 {
		t.Errorf("%d dropped", st.Dropped)
	}
	if s.publish("zero", "x", false).Durable() {
		t.Error("QoS 0 waits for a disk")
	}
}

func TestFullOutboxes(t *testing.T) {
	for _, tc := range []struct {
		full    string
		code    fault.Code
		dropped uint64
	}{{FullDropOldest, "", 1}, {FullRefuse, fault.Unavailable, 1}} {
		t.Run(tc.full, func(t *testing.T) {
			s := detached(t, Config{Outbox: Outbox{MaxMessages: 1, Full: tc.full}})
			s.publish("one", "x", false)
			receipt := s.publish("one", "y", false)
			if code := fault.CodeOf(receipt.Wait(t.Context())); code != tc.code {
				t.Errorf("the publisher is told %q, want %q", code, tc.code)
			}
			if st := s.link.Stats(); st.Dropped != tc.dropped || st.Queued != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// TestCommandsThatNobodyWaitsForAreNotSent has a command wait for the broker for longer than its sender does.
func TestCommandsThatNobodyWaitsForAreNotSent(t *testing.T) {
	m := startMosquitto(t, "")
	m.keep("out/#")
	m.stop()
	s := onDisk(t, Config{URL: m.url(), Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})})
	for _, m := range []bus.Message{{Payload: []byte("late"), Expiry: 1}, {Payload: []byte("kept"), Expiry: 3600}} {
		m.Topic, m.QoS, m.Principal = "out/x", 1, access.System()
		receipt, err := s.Publish(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := receipt.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the command is too late", func() bool {
		items, err := s.link.outbox.durable.Next(0, 10)
		return err == nil && len(items) == 2 && items[1].Age > time.Second
	})
	m.start()
	if got := m.kept("out/#").message(); got != "out/x kept" {
		t.Errorf("got %q", got)
	}
	eventually(t, "the other is dropped", func() bool { st := s.link.Stats(); return st.Queued == 0 && st.Out == 1 && st.Dropped == 1 })
}
