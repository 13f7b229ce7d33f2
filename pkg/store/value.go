package store

import (
	"slices"
	"strings"
	"time"
)

// A Value is the newest message of a topic.
type Value struct {
	Topic       string
	Payload     []byte // shared, never written to
	QoS         byte
	Retain      bool // the message's retain flag
	Seq         uint64
	At          time.Time // to the nanosecond, without a monotonic reading
	ContentType string
}

// Put makes v the last value of its topic: in memory now, on disk at the next
// flush. It keeps v.Payload, which must not be written to afterwards. A value
// that cannot be kept (a topic that is empty or over MaxTopicLen, a value over
// Options.MaxBytes) is counted as refused, and its topic has no last value then.
func (s *Store) Put(v Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxSeq = max(s.maxSeq, v.Seq)
	if !validKey(v.Topic) {
		s.refused++
		return
	}
	it := s.values.items[v.Topic]
	if it == nil {
		it = &item{topic: v.Topic, kind: kindValue, gone: true}
		s.values.items[v.Topic] = it
	}
	s.values.detachSize(it)
	it.payload, it.extra, it.seq, it.at = v.Payload, v.ContentType, v.Seq, nanos(v.At)
	it.qos, it.retain = v.QoS, v.Retain
	s.revive(it)
	s.changed(it)
	if it.size() > s.opt.MaxBytes {
		s.refused++
		s.bury(it)
	}
	s.evict()
}

// Get returns the last value of topic, and counts as a use of it.
func (s *Store) Get(topic string) (Value, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it := s.values.items[topic]
	if it == nil || it.gone {
		return Value{}, false
	}
	s.recent.touch(it)
	return it.value(), true
}

// Delete forgets the last value of topic.
func (s *Store) Delete(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it := s.values.items[topic]; it != nil && !it.gone {
		s.bury(it)
	}
}

// Len returns the number of last values.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values.live
}

// MaxSeq returns the highest sequence number ever stored, through Put or
// NoteSeq. After a crash the numbers given out since the last flush are not
// known; Open then skips SeqGap numbers, so that none is given twice.
func (s *Store) MaxSeq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maxSeq
}

// NoteSeq records that seq was given to a message that is not stored.
func (s *Store) NoteSeq(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxSeq = max(s.maxSeq, seq)
}

// matchBatch is how many values Match copies each time it takes the lock.
const matchBatch = 256

// Match calls fn for the last value of each topic that the MQTT filter matches,
// in the order of topics, until fn returns false. A leading wildcard does not
// match topics that begin with $; an invalid filter matches nothing. fn runs
// without locks and may call the store. A value that changes meanwhile is seen
// as it is when its turn comes.
func (s *Store) Match(filter string, fn func(Value) bool) {
	if !validFilter(filter) {
		return
	}
	items := s.matching(filter)
	slices.SortFunc(items, func(a, b *item) int { return strings.Compare(a.topic, b.topic) })
	batch := make([]Value, 0, min(len(items), matchBatch))
	for chunk := range slices.Chunk(items, matchBatch) {
		batch = s.copyLive(batch[:0], chunk)
		for _, v := range batch {
			if !fn(v) {
				return
			}
		}
	}
}

func (s *Store) matching(filter string) []*item {
	s.planting.RLock()
	defer s.planting.RUnlock()
	var items []*item
	s.tree.match(filter, func(it *item) { items = append(items, it) })
	return items
}

func (s *Store) copyLive(to []Value, items []*item) []Value {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range items {
		if !it.gone {
			to = append(to, it.value())
		}
	}
	return to
}

func (it *item) value() Value {
	return Value{
		Topic: it.topic, Payload: it.payload, QoS: it.qos, Retain: it.retain,
		Seq: it.seq, At: fromNanos(it.at), ContentType: it.extra,
	}
}

func validKey(key string) bool { return key != "" && len(key) <= MaxTopicLen }

// nanos and fromNanos keep the zero time zero.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
