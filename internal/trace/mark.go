package trace

import (
	"math"
	"slices"
	"time"
)

// Kind says what a mark is about.
type Kind uint8

// The kinds of mark.
const (
	None     Kind = iota
	Rule          // what a mapping made of the message; Reason says why nothing, Receivers who got it
	Raw           // sockets of /mqtt
	MQTT          // MQTT sessions
	Link          // a link to another broker
	Acked         // the publisher's acknowledgement, which had to wait for a disk
	Answered      // what a device, or a socket, answered to it
	Board         // a board, which it was sent to
	Desired       // a board, of what it is to be
	Taken         // a board's word that it has it
)

// Reason says why a mark's target got nothing, or not yet.
type Reason uint8

// The reasons. Their names are those that [Drops] counts by, where something is dropped.
const (
	Sent       Reason = iota
	When              // the rule's `when` is false
	Dedupe            // says what was said shortly before
	Deadband          // a number too near to the one before
	RateHeld          // held back by the rule's rate; it goes out later unless something newer comes
	RateDrop          // over the rule's rate
	Loop              // has passed this rule already
	Hops              // has passed too many rules
	Paused            // the rule is paused: its expressions were too slow
	Nobody            // no socket is in the namespace
	Failed            // an expression or the payload's encoding failed
	Reserved          // the name that the rule makes is reserved, or too long
	Unkept            // the disk did not take it
	Unanswered        // whoever waited for the answer to it was told that there is none
	Offline           // the board is not connected
	Denied            // the board may not read it
	maxReason         // one more than the last
)

// String is the stable word of a reason; empty for [Sent].
func (r Reason) String() string {
	names := [maxReason]string{
		"", "when", "dedupe", "deadband", "rate_held", "rate", "loop", "hops", "paused", "nobody", "failed", "reserved", "unkept",
		"unanswered", "offline", "denied",
	}
	if r >= maxReason {
		return "unknown"
	}
	return names[r]
}

// Target is where something was to go. It is made once and shared by all marks that name it.
type Target struct {
	Rule string // the mapping; empty for none
	Name string // "/home/kitchen temp", "home/other/topic", "house", "lamp"
}

// Mark is one thing that happened to a message, as it is noted while it happens: small, and without a word that has to be
// made for it.
type Mark struct {
	Target    *Target
	After     uint32 // microseconds since the message came in
	Receivers uint32 // who got it
	Waiting   uint32 // of whom it waits: clients and links that are away
	Slow      uint16 // receivers that were behind: they got it in the place of an older value, or not at all
	Kind      Kind
	Reason    Reason
}

// Inline is how many marks a message has room for without an allocation. Most have two: a rule and MQTT.
const Inline = 3

// maxMarks bounds what is kept of one message, however many rules it matches.
const maxMarks = 64

// Marks are what happened to one message, in order. They are guarded by the lock that orders the message's topic.
type Marks struct {
	first [Inline]Mark
	more  []Mark
	n     uint8
}

// Add appends a mark.
func (m *Marks) Add(one Mark) {
	switch {
	case m.n < Inline:
		m.first[m.n] = one
		m.n++
	case len(m.more) < maxMarks-Inline:
		m.more = append(m.more, one)
	}
}

// Has reports whether there is a mark of a kind.
func (m *Marks) Has(kind Kind) bool {
	return slices.ContainsFunc(m.All(), func(one Mark) bool { return one.Kind == kind })
}

// All returns a copy of the marks.
func (m *Marks) All() []Mark {
	return append(append(make([]Mark, 0, int(m.n)+len(m.more)), m.first[:m.n]...), m.more...)
}

// After is the time since a message came in, as a mark holds it.
func After(since time.Duration) uint32 {
	return uint32(min(max(since.Microseconds(), 0), math.MaxUint32))
}
