package bus

import (
	"bytes"
	"math/bits"
	"strings"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/trace"
)

const (
	defaultRing = 16_384
	ringPayload = 1 << 10 // bytes of a payload that the traffic ring keeps
	ringTopic   = 256     // bytes of a topic
	ringBytes   = 8 << 20 // of all payloads; beyond it messages are kept without
)

// Recorded is what the traffic ring keeps of a message: a copy, as what a message refers to may be much larger than what is
// shown of it. It is not to be written to.
type Recorded struct {
	Seq       uint64
	Topic     string // its first 256 bytes
	Payload   []byte // its first 1 KiB, or nothing when the ring was full
	At        time.Time
	Origin    Origin
	Principal *access.Principal
	Size      int32 // bytes of the payload as it came
	Hops      int16
	QoS       byte
	Retain    bool
	Command   bool
	cut       bool // the topic was longer
	shard     uint8
	marks     trace.Marks // under the shard's lock
}

// ring holds the newest messages. A slot is the sequence number modulo the size, so writers never wait for each other.
type ring struct {
	slots []atomic.Pointer[Recorded]
	mask  uint64
	bytes atomic.Int64
}

func newRing(size int) *ring {
	if size <= 0 {
		size = defaultRing
	}
	n := uint64(1) << bits.Len(uint(size-1))
	return &ring{slots: make([]atomic.Pointer[Recorded], n), mask: n - 1}
}

func (r *ring) add(m *Message, shard int) *Recorded {
	entry := &Recorded{
		Seq: m.Seq, Topic: m.Topic, Size: int32(len(m.Payload)), QoS: m.QoS, Retain: m.Retain, Command: m.Command, At: m.At,
		Origin: m.Origin, Hops: int16(m.Hops), Principal: m.Principal, shard: uint8(shard),
	}
	if len(m.Topic) > ringTopic {
		entry.cut = true
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
	return entry
}

// get returns the message with a sequence number; nil when it is not there any more, or not yet.
func (r *ring) get(seq uint64) *Recorded {
	if m := r.slots[seq&r.mask].Load(); m != nil && m.Seq == seq {
		return m
	}
	return nil
}

// between returns the messages from one sequence number to another, both included, oldest first.
func (r *ring) between(from, to uint64) []*Recorded {
	if n := uint64(len(r.slots)); to >= n {
		from = max(from, to-n+1)
	}
	if from > to {
		return nil
	}
	out := make([]*Recorded, 0, to-from+1)
	for seq := from; seq <= to; seq++ {
		if m := r.get(seq); m != nil {
			out = append(out, m)
		}
	}
	return out
}

// recent returns up to limit messages that end at sequence number last, oldest first.
func (r *ring) recent(last uint64, limit int) []*Message {
	n := min(uint64(max(limit, 0)), uint64(len(r.slots)), last)
	recorded := r.between(last-n+1, last)
	out := make([]*Message, len(recorded))
	for i, m := range recorded {
		out[i] = &Message{
			Seq: m.Seq, Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Command: m.Command, At: m.At,
			Origin: m.Origin, Hops: int(m.Hops), Principal: m.Principal,
		}
	}
	return out
}
