package store

import (
	"cmp"
	"slices"
	"time"
)

// An entry is an item of a queue in memory.
type entry struct {
	id        uint64
	at        int64
	born      int64 // by the uptime in nanoseconds; negative if before Open
	size      int
	data      []byte
	committed bool // it is on disk
	hidden    bool // it was removed; the disk may not know
	dead      bool // it is of no more use
	onBolt    bool // bbolt may have it
	away      bool // only bbolt has its data
}

func entryByID(e *entry, id uint64) int { return cmp.Compare(e.id, id) }

// A keptRecord is a record of a queue in memory.
type keptRecord struct {
	data   []byte
	onBolt bool // bbolt may have it, or an older one
}

// find returns the entry of that ID, nil when there is none.
func (q *Queue) find(id uint64) *entry {
	at, found := slices.BinarySearchFunc(q.entries, id, entryByID)
	if !found || q.entries[at].dead {
		return nil
	}
	return q.entries[at]
}

// between returns a copy of the entries with IDs from from to to.
func (q *Queue) between(from, to uint64) (entries []*entry) {
	at, _ := slices.BinarySearchFunc(q.entries, from, entryByID)
	for ; at < len(q.entries) && q.entries[at].id <= to; at++ {
		if !q.entries[at].dead {
			entries = append(entries, q.entries[at])
		}
	}
	return entries
}

// insert adds e where its ID puts it: at the end, but for what a log replays.
func (q *Queue) insert(e *entry) {
	q.next = max(q.next, e.id+1)
	q.n++
	q.bytes += int64(e.size)
	if n := len(q.entries); n == 0 || q.entries[n-1].id < e.id {
		q.entries = append(q.entries, e)
		return
	}
	at, found := slices.BinarySearchFunc(q.entries, e.id, entryByID)
	q.skip = min(q.skip, at)
	if found { // a dead one
		q.dead--
		q.entries[at] = e
		return
	}
	q.entries = slices.Insert(q.entries, at, e)
}

// hide takes e out of the readers' sight.
func (q *Queue) hide(e *entry) {
	if !e.hidden {
		e.hidden = true
		q.n--
		q.bytes -= int64(e.size)
	}
}

// bury ends e. Dead entries are taken out once they are the first, or many.
func (q *Queue) bury(e *entry) {
	q.hide(e)
	e.dead, e.data = true, nil
	q.dead++
	front := 0
	for front < len(q.entries) && q.entries[front].dead {
		q.entries[front] = nil
		front++
	}
	q.entries, q.dead, q.skip = q.entries[front:], q.dead-front, max(q.skip-front, 0)
	if q.dead > 64 && q.dead > len(q.entries)/2 {
		q.entries = slices.DeleteFunc(q.entries, func(e *entry) bool { return e.dead })
		q.dead, q.skip = 0, 0
	}
}

// first returns the oldest entry that is not hidden, nil when there is none.
func (q *Queue) first() *entry {
	for q.skip < len(q.entries) && q.entries[q.skip].hidden {
		q.skip++
	}
	if q.skip == len(q.entries) {
		return nil
	}
	return q.entries[q.skip]
}

// makeRoom hides the oldest items until the bounds hold, and returns what the
// disk is to be told.
func (q *Queue) makeRoom(drops *drops) (ops []queueOp) {
	if q.opt.Full != DropOldest {
		return nil
	}
	for q.over(0, 0) {
		ops = append(ops, q.dropFirst())
	}
	drops.add(q, len(ops), DropFull)
	return ops
}

// expire hides the items that are too old, with s.queues.mu held. Their age goes
// by a clock that is not set: a board without a battery thinks at first that no
// time has passed since it was switched off, and then leaps.
func (s *Store) expire(q *Queue, drops *drops) {
	if q.opt.MaxAge <= 0 {
		return
	}
	oldest := int64(s.opt.uptime() - q.opt.MaxAge)
	var ops []queueOp
	for e := q.first(); e != nil && e.born < oldest; e = q.first() {
		ops = append(ops, q.dropFirst())
	}
	if len(ops) > 0 {
		s.queues.gather(ops)
		drops.add(q, len(ops), DropExpired)
	}
}

// born is when an item of an earlier run was appended at that time of day, by the clock that is not set: before it began. Where one
// of the two times cannot be right, or they are in the wrong order, nobody knows, and the item begins to age anew: it neither goes
// at once nor stays for ever.
func (s *Store) born(at int64) int64 {
	if !plausible(at) || !plausible(s.opened) {
		return 0
	}
	return min(at-s.opened, 0)
}

func (s *Store) age(e *entry) time.Duration { return s.opt.uptime() - time.Duration(e.born) }

// plausible reports whether a time of day can be right: a board without a battery starts in 1970, or when its software was made.
func plausible(at int64) bool {
	year := time.Unix(0, at).Year()
	return year >= 2025 && year < 2200
}

func (q *Queue) dropFirst() queueOp {
	e := q.first()
	q.hide(e)
	return queueOp{kind: opRemove, q: q, id: e.id}
}

// expireAll does so for all queues, for those that nobody uses.
func (s *Store) expireAll() {
	var drops drops
	defer drops.tell()
	s.queues.mu.Lock()
	defer s.queues.mu.Unlock()
	for _, q := range s.queues.byName {
		s.expire(q, &drops)
	}
}

// drops are what OnDrop functions are to be told once no lock is held.
type drops []dropNotice

type dropNotice struct {
	fn     func(int, string)
	n      int
	reason string
}

func (d *drops) add(q *Queue, n int, reason string) {
	if n == 0 {
		return
	}
	q.s.queues.dropped += uint64(n)
	if q.opt.OnDrop != nil {
		*d = append(*d, dropNotice{q.opt.OnDrop, n, reason})
	}
}

func (d *drops) tell() {
	for _, notice := range *d {
		notice.fn(notice.n, notice.reason)
	}
}

// enter does to memory what op, which is new, does at once. It reports whether
// there is anything to do at all.
func (qs *queueSet) enter(op *queueOp) bool {
	q := op.q
	switch op.kind {
	case opAppend:
		op.id, op.at = q.next, nanos(q.s.opt.Now().Round(0))
		op.e = &entry{id: op.id, at: op.at, born: int64(q.s.opt.uptime()), size: len(op.data), data: op.data}
		q.insert(op.e)
	case opRemove:
		e := q.find(op.id)
		if e == nil || e.hidden {
			return false
		}
		q.hide(e)
	}
	return !q.gone
}
