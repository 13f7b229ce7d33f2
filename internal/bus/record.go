package bus

import (
	"math"
	"strings"
	"time"

	"gateway/internal/trace"
)

// Recorded returns the messages from one sequence number to another that the traffic ring still has, both included, oldest
// first. Sequence numbers have no gaps while the gateway runs. One that is just being published may be missing.
func (b *Bus) Recorded(from, to uint64) []*Recorded {
	return b.ring.between(from, min(to, b.seq.Load()))
}

// Find returns the message with a sequence number, if the traffic ring still has it.
func (b *Bus) Find(seq uint64) (*Recorded, bool) {
	m := b.ring.get(seq)
	return m, m != nil
}

// RingSize is how many messages the traffic ring keeps.
func (b *Bus) RingSize() int { return len(b.ring.slots) }

// Marks returns what has happened to a message so far, in order.
func (b *Bus) Marks(m *Recorded) []trace.Mark {
	lock := &b.shard[m.shard]
	lock.Lock()
	defer lock.Unlock()
	return m.marks.All()
}

// Note marks what happens to m, on a receiver's behalf: it is called under the lock of m's topic. The time is filled in.
func (b *Bus) Note(m *Message, mark trace.Mark) {
	if r := b.ring.get(m.Seq); r != nil {
		mark.After = trace.After(time.Since(m.At))
		r.marks.Add(mark)
	}
}

// NoteLater marks what happens to a message when it has left its receivers, outside of any lock.
func (b *Bus) NoteLater(seq uint64, mark trace.Mark) {
	b.later(seq, func(r *Recorded) {
		mark.After = trace.After(time.Since(r.At))
		r.marks.Add(mark)
	})
}

// noteAck marks that a publisher has waited for disks; once, however many wait for the same message.
func (b *Bus) noteAck(seq uint64, reason trace.Reason) {
	if b == nil {
		return // the receipt of a message that was not published here
	}
	b.later(seq, func(r *Recorded) {
		if !r.marks.Has(trace.Acked) {
			r.marks.Add(trace.Mark{Kind: trace.Acked, Reason: reason, After: trace.After(time.Since(r.At))})
		}
	})
}

func (b *Bus) later(seq uint64, do func(*Recorded)) {
	r := b.ring.get(seq)
	if r == nil {
		return
	}
	lock := &b.shard[r.shard]
	lock.Lock()
	defer lock.Unlock()
	do(r)
}

func receiverOf(name string, fn Receiver) receiver {
	r := receiver{name: name, fn: fn, mark: &trace.Target{Name: name}}
	link, isLink := strings.CutPrefix(name, "link:")
	switch {
	case isLink:
		r.kind, r.mark.Name = trace.Link, link
	case name == "broker":
		r.kind = trace.MQTT
	}
	return r
}

// hand gives a message to one receiver, and marks who of it got it.
func (d *Delivery) hand(r *receiver) {
	heard, waiting, lost := d.heard, d.waiting, d.lost
	r.fn(d)
	heard, waiting, lost = d.heard-heard, d.waiting-waiting, d.lost-lost
	if r.kind == trace.None || heard+waiting+lost == 0 {
		return
	}
	d.recorded.marks.Add(trace.Mark{
		Target: r.mark, Kind: r.kind, After: trace.After(time.Since(d.Message.At)),
		Receivers: uint32(heard), Waiting: uint32(waiting), Slow: uint16(min(lost, math.MaxUint16)),
	})
}
