package bus

import (
	"math/bits"
	"sync/atomic"
)

const (
	defaultRing = 16_384
	ringPayload = 4 << 10 // bytes of a payload that the traffic ring keeps
)

// ring holds the newest messages. A slot is the sequence number modulo the size, so writers never wait for each other.
type ring struct {
	slots []atomic.Pointer[Message]
	mask  uint64
}

func newRing(size int) *ring {
	if size <= 0 {
		size = defaultRing
	}
	n := uint64(1) << bits.Len(uint(size-1))
	return &ring{slots: make([]atomic.Pointer[Message], n), mask: n - 1}
}

func (r *ring) add(m *Message) {
	if len(m.Payload) > ringPayload {
		cut := *m
		cut.Payload = append([]byte(nil), m.Payload[:ringPayload]...)
		m = &cut
	}
	r.slots[m.Seq&r.mask].Store(m)
}

// recent returns up to limit messages that end at sequence number last, oldest first.
func (r *ring) recent(last uint64, limit int) []*Message {
	n := min(uint64(max(limit, 0)), uint64(len(r.slots)))
	out := make([]*Message, 0, n)
	for seq := last - n + 1; seq <= last && n > 0; seq++ {
		if m := r.slots[seq&r.mask].Load(); m != nil && m.Seq == seq {
			out = append(out, m)
		}
	}
	return out
}
