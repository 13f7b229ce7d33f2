package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Check looks for contradictions in memory, in the files, and between the two:
// everything that a flush has written must be read back the same. It stops
// writing for as long as it takes, and is meant for tests and for diagnosis.
func (s *Store) Check() error {
	s.checkpointing.Lock()
	defer s.checkpointing.Unlock()
	s.commits.turn.Lock() // bbolt's own check must not run beside a commit
	defer s.commits.turn.Unlock()
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if s.closed {
		return ErrClosed
	}
	disk, err := s.readBack()
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	var c checker
	c.queues(&s.queues, &disk.queues)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.table(s, &s.values)
	c.table(s, &s.retained)
	c.tree(&s.tree)
	c.lists(s)
	c.compare(s, disk)
	return errors.Join(c.errs...)
}

// readBack reads the files into a store that exists in memory only.
func (s *Store) readBack() (*Store, error) {
	disk := &Store{dir: s.dir, opt: Options{}.withDefaults()}
	disk.opt.Logger = s.opt.Logger
	disk.initMemory()
	var floor uint64
	if err := s.db.View(func(tx *bolt.Tx) error {
		if err := checkBolt(tx); err != nil {
			return err
		}
		floor = getMeta(tx, keyFloor)
		return disk.loadBuckets(tx)
	}); err != nil {
		return nil, err
	}
	numbers, err := segmentNumbers(s.dir)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		if n < floor {
			continue // superfluous, and about to be removed
		}
		if err := s.readBackSegment(disk, n); err != nil {
			return nil, err
		}
	}
	return disk, nil
}

// checkBolt returns the first thing wrong with bbolt's pages.
func checkBolt(tx *bolt.Tx) (first error) {
	for err := range tx.Check() { // to the end: it goes on until all is told
		if first == nil {
			first = fmt.Errorf("bbolt: %w", err)
		}
	}
	return first
}

func (s *Store) readBackSegment(disk *Store, n uint64) error {
	size, counted := s.log.sizes[n]
	if !counted {
		return fmt.Errorf("segment %d is not accounted for", n)
	}
	f, err := os.Open(segmentPath(s.dir, n))
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := readSegment(f, n, size, disk.replayed)
	if s.log.file == nil || n != s.log.number {
		return nil // it may be one that Open found damaged, or that failed to sync
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	torn, err := end.torn(f, info.Size())
	if err == nil && (end.good != size || torn > 0 || info.Size() < size) {
		err = fmt.Errorf("segment %d: %d of %d bytes are sound, %d counted, %d torn", n, end.good, info.Size(), size, torn)
	}
	return err
}

// A checker gathers what is wrong.
type checker struct{ errs []error }

func (c *checker) want(ok bool, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, fmt.Errorf("check: "+format, args...))
	}
}

func (c *checker) table(s *Store, t *table) {
	live, bytes := 0, int64(0)
	for topic, it := range t.items {
		c.want(topic == it.topic, "item of %q is under %q", it.topic, topic)
		if it.gone {
			c.want(s.dirty.has(it) || s.stale.has(it) || it.held > 0, "tombstone of %q is not wanted", topic)
			c.want(it.node == nil && it.on&(1<<listRecent) == 0, "%q is gone but linked", topic)
			continue
		}
		live++
		bytes += it.size()
		inTree := it.node != nil && it.node.item == it && it.node.path() == topic
		c.want(inTree == (it.kind == kindValue), "%q: in tree %v", topic, inTree)
		c.want(it.on&(1<<listRecent) != 0 == (it.kind == kindValue), "%q: among the recent", topic)
	}
	c.want(live == t.live, "%d live items, counted %d", live, t.live)
	c.want(bytes == t.bytes, "%d bytes, counted %d", bytes, t.bytes)
}

func (c *checker) tree(n *node) {
	c.want(n.parent == nil || n.item != nil || !n.kids.empty(), "empty branch at level %q", n.level)
	c.want(n.item == nil || n.item.node == n, "level %q holds an item that is elsewhere", n.level)
	n.kids.each(func(kid *node) {
		c.want(kid.parent == n, "level %q has another parent", kid.level)
		c.tree(kid)
	})
}

// path is the topic that ends at n, from its place in the tree.
func (n *node) path() string {
	var levels []string
	for ; n.parent != nil; n = n.parent {
		levels = append(levels, n.level)
	}
	slices.Reverse(levels)
	return strings.Join(levels, "/")
}

func (c *checker) lists(s *Store) {
	for _, l := range []*list{&s.dirty, &s.stale, &s.recent.hot, &s.recent.cold} {
		n := 0
		for it := l.front; it != nil; it = it.links[l.which].next {
			c.want(l.has(it) && s.table(it.kind).items[it.topic] == it, "%q is on list %d only", it.topic, l.which)
			n++
		}
		c.want(n == l.n, "list %d has %d items, counted %d", l.which, n, l.n)
	}
	c.want(s.recent.hot.n+s.recent.cold.n == s.values.live, "%d of %d values are among the recent",
		s.recent.hot.n+s.recent.cold.n, s.values.live)
}

// compare holds what is in memory and not dirty against the disk, both ways.
func (c *checker) compare(s, disk *Store) {
	for _, k := range []kind{kindValue, kindRetained} {
		here, there := s.table(k).items, disk.table(k).items
		for topic, it := range here {
			if !s.dirty.has(it) {
				c.want(sameItem(it, there[topic]), "%q is %s in memory, %s on disk", topic, it.describe(), there[topic].describe())
			}
		}
		for topic, it := range there {
			c.want(it.gone || here[topic] != nil, "%q is on disk only: %s", topic, it.describe())
		}
	}
}

func sameItem(a, b *item) bool {
	if a == nil || a.gone || b == nil || b.gone {
		return (a == nil || a.gone) && (b == nil || b.gone)
	}
	return string(a.payload) == string(b.payload) && a.extra == b.extra && a.seq == b.seq && a.at == b.at &&
		a.expiry == b.expiry && a.qos == b.qos && a.retain == b.retain
}

// describe tells an item without its payload.
func (it *item) describe() string {
	if it == nil || it.gone {
		return "nothing"
	}
	return fmt.Sprintf("seq %d, at %d, %d bytes, qos %d", it.seq, it.at, len(it.payload), it.qos)
}
