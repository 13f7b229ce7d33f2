package bus

import (
	"bytes"
	"math/bits"
	"strings"
	"sync/atomic"
)

const (
	defaultRing = 16_384
	ringPayload = 1 << 10 // bytes of a payload that the traffic ring keeps
	ringTopic   = 256     // bytes of a topic
	ringBytes   = 8 << 20 // of all payloads; beyond it messages are kept without
)

// ring holds the newest messages, as copies: what a message refers to may be much larger than what is shown of it. A slot is
// the sequence number modulo the size, so writers never wait for each other.
type ring struct {
	slots []atomic.Pointer[Message]
	mask  uint64
	bytes atomic.Int64
}

func newRing(size int) *ring {
	if size <= 0 {
		size = defaultRing
	}
	n := uint64(1) << bits.Len(uint(size-1))
	return &ring{slots: make([]atomic.Pointer[Message], n), mask: n - 1}
}

func (r *ring) add(m *Message) {
	entry := &Message{
		Seq: m.Seq, Topic: m.Topic, QoS: m.QoS, Retain: m.Retain, Command: m.Command, At: m.At,
		Origin: m.Origin, Hops: m.Hops, Principal: m.Principal,
	}
	if len(m.Topic) > ringTopic {
		entry.Topic = strings.ToValidUTF8(strings.Clone(m.Topic[:ringTopic]), "")
	}
	if r.bytes.Load() < ringBytes {
		entry.Payload = bytes.Clone(m.Payload[:min(len(m.Payload), ringPayload)])
	}
	old := r.slots[m.Seq&r.mask].Swap(entry)
	grown := len(entry.Payload)
	if old != nil {
		grown -= len(old.Payload)
	}
	r.bytes.Add(int64(grown))
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
