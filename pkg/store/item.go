package store

import "strings"

// kind tells the two key spaces apart that share the value log.
type kind byte

const (
	kindValue    kind = 0
	kindRetained kind = 1
)

// An item is the newest state of one topic in one key space. Its strings and
// byte slices are never written to, so a copy of the struct taken under the
// lock may be read without it.
type item struct {
	topic   string
	payload []byte
	extra   string // content type of a value, properties of a retained message
	seq     uint64 // 0 for retained messages
	at      int64  // Unix nanoseconds, 0 for the zero time
	expiry  uint32
	kind    kind
	qos     byte
	retain  bool

	cold  bool // loaded, and not used since
	gone  bool // deleted, and kept only until the disk knows
	known bool // the log or bbolt may hold a record of it
	held  int8 // flushes and checkpoints that are writing it out

	named  uint32 // round of names in which the topic got its number; guarded by flushing
	number uint32

	on    uint8 // lists it is on, one bit each
	node  *node // place in the topic tree; nil for retained messages
	links [3]link
}

// itemOverhead and levelOverhead approximate what a topic costs beyond its own
// bytes: the item, its map slots, and a tree node for each level.
const (
	itemOverhead  = 256
	levelOverhead = 96
)

// size is the memory an item accounts for.
func (it *item) size() int64 {
	levels := 1 + strings.Count(it.topic, "/")
	return int64(itemOverhead + levelOverhead*levels + len(it.topic) + len(it.payload) + len(it.extra))
}

// The lists an item can be on.
const (
	listDirty  = iota // changed since it was last given to the log
	listStale         // changed since it was last given to bbolt
	listRecent        // live values, most recently used first; see recency
)

type link struct{ prev, next *item }

// A list is a doubly linked list threaded through its items, so that moving one
// costs no allocation.
type list struct {
	which       int
	front, back *item
	n           int
}

func (l *list) has(it *item) bool { return it.on&(1<<l.which) != 0 }

// pushFront puts it first; it must not be on the list.
func (l *list) pushFront(it *item) {
	it.on |= 1 << l.which
	it.links[l.which] = link{next: l.front}
	if l.front != nil {
		l.front.links[l.which].prev = it
	} else {
		l.back = it
	}
	l.front = it
	l.n++
}

// add puts it last unless it is on the list already.
func (l *list) add(it *item) {
	if l.has(it) {
		return
	}
	it.on |= 1 << l.which
	it.links[l.which] = link{prev: l.back}
	if l.back != nil {
		l.back.links[l.which].next = it
	} else {
		l.front = it
	}
	l.back = it
	l.n++
}

// remove takes it off the list if it is on it.
func (l *list) remove(it *item) {
	if !l.has(it) {
		return
	}
	k := it.links[l.which]
	if k.prev != nil {
		k.prev.links[l.which].next = k.next
	} else {
		l.front = k.next
	}
	if k.next != nil {
		k.next.links[l.which].prev = k.prev
	} else {
		l.back = k.prev
	}
	it.on &^= 1 << l.which
	it.links[l.which] = link{}
	l.n--
}
