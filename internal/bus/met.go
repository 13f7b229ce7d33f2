package bus

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"
)

// metLimit is how many messages of other gateways are remembered, at least; up to twice as many, of some 30 bytes each.
const metLimit = 16_384

// trails tells messages that have been here before. Its zero value with a seed tells none.
type trails struct {
	self     string
	seed     maphash.Seed
	returned func(m *Message, ring bool)

	mu       sync.Mutex
	met, old map[uint64]*meeting // two generations; nil for a meeting that nothing depends on any more
}

// meeting is the first time that a message came here.
type meeting struct {
	entered chan struct{} // closed once the bus has it
	receipt Receipt
}

// meet judges a message that another gateway hands on. One that has been here gets the receipt of the first time: it is
// acknowledged when that one is. For a new one, the caller hands its receipt to enter.
func (t *trails) meet(m *Message) (again bool, first Receipt, enter func(Receipt) Receipt) {
	if slices.Contains(m.Trail.Gateways, t.self) {
		t.tell(m, true)
		return true, Receipt{Again: true}, nil
	}
	key, now := t.key(m), &meeting{entered: make(chan struct{})}
	if before, known := t.remember(key, now); known {
		t.tell(m, false)
		return true, before.again(), nil
	}
	return false, Receipt{}, func(r Receipt) Receipt { return t.enter(key, now, r) }
}

func (t *trails) tell(m *Message, ring bool) {
	if t.returned != nil {
		t.returned(m, ring)
	}
}

func (t *trails) key(m *Message) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	_, _ = h.WriteString(m.Trail.Gateways[0])
	_ = h.WriteByte('.')
	_, _ = h.WriteString(strconv.FormatUint(m.Trail.Seq, 36))
	_ = h.WriteByte('.')
	_, _ = h.WriteString(m.Topic) // prefixes may have it come on two topics, and both are wanted
	return h.Sum64()
}

// remember notes a meeting, unless there was one before, which it returns.
func (t *trails) remember(key uint64, m *meeting) (before *meeting, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, known = t.met[key]; known {
		return before, true
	}
	if before, known = t.old[key]; known {
		return before, true
	}
	if t.met == nil || len(t.met) >= metLimit {
		t.old, t.met = t.met, make(map[uint64]*meeting)
	}
	t.met[key] = m
	return nil, false
}

// enter notes what the bus made of a new message, and returns the receipt for its sender: one that could not be kept is
// forgotten, since it will be sent again.
func (t *trails) enter(key uint64, m *meeting, r Receipt) Receipt {
	if !r.Durable() {
		t.settle(key, true)
		close(m.entered)
		return r
	}
	m.receipt = r
	m.receipt.bus = nil // the trace hears of the acknowledgement once
	close(m.entered)
	own := r
	own.waits = []func(context.Context) error{func(ctx context.Context) error {
		err := m.receipt.Wait(ctx)
		if err == nil || ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
			t.settle(key, err == nil)
		}
		return err
	}}
	return own
}

func (t *trails) settle(key uint64, kept bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, generation := range []map[uint64]*meeting{t.met, t.old} {
		if _, known := generation[key]; known && kept {
			generation[key] = nil
		} else if known {
			delete(generation, key)
		}
	}
}

// again is the receipt for a message that comes a second time.
func (m *meeting) again() Receipt {
	if m == nil {
		return Receipt{Again: true}
	}
	return Receipt{Again: true, waits: []func(context.Context) error{func(ctx context.Context) error {
		select {
		case <-m.entered:
			return m.receipt.Wait(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
	}}}
}
