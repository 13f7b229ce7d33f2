package socketio

import (
	"slices"
	"time"

	"gateway/pkg/socketio/engine"
)

// logOverhead is what an entry is counted for beyond its frame, in bytes.
const logOverhead = 128

// logEntry is a packet that a lost connection may have missed.
type logEntry struct {
	offset uint64
	at     time.Time
	frame  *engine.Frame // with the offset in it
	rooms  []string      // whom it was for; all if there is none
	except []string
	key    string
}

// packetLog keeps what was sent lately to a namespace, oldest first, guarded
// by the namespace's mu. Offsets grow.
type packetLog struct {
	entries []logEntry
	head    int // entries before it are gone
	bytes   int64
}

func (l *packetLog) len() int { return len(l.entries) - l.head }

// add appends an entry, and removes what is beyond the bounds.
func (l *packetLog) add(e logEntry, r *recovery) {
	l.entries = append(l.entries, e)
	size := int64(e.frame.Len() + logOverhead)
	l.bytes += size
	r.bytes.Add(size)
	for l.len() > r.maxPackets || l.len() > 0 && r.bytes.Load() > r.maxBytes {
		l.shift(r)
	}
	l.expire(e.at.Add(-r.window), r)
}

// expire removes what is older than the time.
func (l *packetLog) expire(before time.Time, r *recovery) {
	for l.len() > 0 && l.entries[l.head].at.Before(before) {
		l.shift(r)
	}
}

// shift removes the oldest entry.
func (l *packetLog) shift(r *recovery) {
	size := int64(l.entries[l.head].frame.Len() + logOverhead)
	l.bytes -= size
	r.bytes.Add(-size)
	l.entries[l.head] = logEntry{}
	l.head++
	switch {
	case l.len() == 0:
		l.entries, l.head = nil, 0
	case l.head > 64 && l.head > len(l.entries)/2:
		l.entries = append(make([]logEntry, 0, l.len()*2), l.entries[l.head:]...)
		l.head = 0
	}
}

// clear removes everything.
func (l *packetLog) clear(r *recovery) {
	r.bytes.Add(-l.bytes)
	*l = packetLog{}
}

// since returns what came after the offset; ok is false if that is not known any more.
func (l *packetLog) since(offset uint64) (missed []logEntry, ok bool) {
	kept := l.entries[l.head:]
	i, ok := slices.BinarySearchFunc(kept, offset, func(e logEntry, o uint64) int {
		switch {
		case e.offset < o:
			return -1
		case e.offset > o:
			return 1
		}
		return 0
	})
	if !ok {
		return nil, false
	}
	return kept[i+1:], true
}

// concerns reports whether an entry was for a socket with the id and rooms.
func (e *logEntry) concerns(id string, rooms []string) bool {
	in := func(names []string) bool {
		for _, n := range names {
			if n == id || slices.Contains(rooms, n) {
				return true
			}
		}
		return false
	}
	return (len(e.rooms) == 0 || in(e.rooms)) && !in(e.except)
}

// missedBy selects what a socket has missed. Where conflate, of entries with
// the same key only the newest counts.
func missedBy(entries []logEntry, id string, rooms []string, conflate bool) []*engine.Frame {
	var missed []*engine.Frame
	keys := make(map[string]bool)
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		if !e.concerns(id, rooms) || conflate && keys[e.key] {
			continue
		}
		if e.key != "" {
			keys[e.key] = true
		}
		missed = append(missed, e.frame)
	}
	slices.Reverse(missed)
	return missed
}
