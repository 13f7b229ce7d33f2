package link

import (
	"context"
	"testing"
	"time"
)

func box(limits Outbox) *memoryOutbox {
	c := Config{Outbox: limits}
	c.setDefaults()
	return newMemoryOutbox(c.Outbox)
}

func numbered(n uint64) item {
	return item{seq: n, topic: "t", payload: []byte("1234"), at: time.Now()}
}

// drain hands out everything there is and returns the sequence numbers.
func drain(o *memoryOutbox) (seqs []uint64) {
	for {
		it, _, ok := o.tryNext()
		if !ok {
			return seqs
		}
		seqs = append(seqs, it.seq)
	}
}

func equal(t *testing.T, got []uint64, want ...uint64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestOutboxHandsOutAgainWhatIsNotDone(t *testing.T) {
	o := box(Outbox{})
	for n := range uint64(4) {
		o.put(numbered(n))
	}
	equal(t, drain(o), 0, 1, 2, 3)
	o.done(0)
	o.done(2)
	o.put(numbered(4))
	o.rewind()
	equal(t, drain(o), 1, 3, 4)
}

func TestOutboxIsBounded(t *testing.T) {
	for _, tc := range []struct {
		name   string
		limits Outbox
		want   []uint64
	}{
		{"messages, oldest", Outbox{MaxMessages: 2}, []uint64{2, 3}},
		{"messages, newest", Outbox{MaxMessages: 2, Full: FullRefuse}, []uint64{0, 1}},
		{"bytes, oldest", Outbox{MaxBytes: 9}, []uint64{2, 3}},
		{"bytes, newest", Outbox{MaxBytes: 9, Full: FullRefuse}, []uint64{0, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := box(tc.limits)
			dropped := 0
			for n := range uint64(4) {
				dropped += o.put(numbered(n))
			}
			if dropped != 2 {
				t.Errorf("%d dropped", dropped)
			}
			equal(t, drain(o), tc.want...)
		})
	}
	o := box(Outbox{MaxBytes: 3})
	if o.put(numbered(1)) != 1 || o.len() != 0 {
		t.Error("took an item larger than the outbox")
	}
}

func TestOutboxDropsWhatIsOnItsWay(t *testing.T) {
	o := box(Outbox{MaxMessages: 2})
	o.put(numbered(0))
	o.put(numbered(1))
	drain(o)
	o.put(numbered(2)) // drops 0, which is on its way
	o.done(0)
	equal(t, drain(o), 2)
	o.done(1)
	o.done(2)
	if o.len() != 0 || o.bytes != 0 {
		t.Errorf("%d items, %d bytes are left", o.len(), o.bytes)
	}
}

func TestOutboxForgetsTheOld(t *testing.T) {
	o := box(Outbox{MaxAge: time.Hour})
	now := time.Now()
	o.now = func() time.Time { return now }
	o.put(numbered(0))
	now = now.Add(2 * time.Hour)
	fresh := numbered(1)
	fresh.at = now
	o.put(fresh)
	it, expired, err := o.next(context.Background())
	if err != nil || it.seq != 1 || expired != 1 {
		t.Errorf("got %d, %d expired, %v", it.seq, expired, err)
	}
}
