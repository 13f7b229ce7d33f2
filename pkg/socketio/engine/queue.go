package engine

// keepEntries is the largest queue whose memory is kept while a connection is active.
const keepEntries = 256

// entry is a queued frame; frame is nil where a newer one took its place.
type entry struct {
	frame *Frame
	key   string
}

// queue holds what waits to be written to one connection.
type queue struct {
	entries       []entry
	bytes         int // of the entries, of what is being written by the connection's own goroutine, and reserved
	reserved      int // reservations
	reservedBytes int // their part of bytes
	holes         int
	keys          map[string]int // index of the entry by key, once conflated; nil otherwise
	space         chan struct{}  // closed when bytes have left; nil when nobody waits
}

// fits reports whether n more bytes are within the bounds. One frame always
// fits in a queue that is half empty, however large it is.
func (q *queue) fits(n, maxBytes, maxEntries int) bool {
	if q.len()+q.reserved >= maxEntries {
		return false
	}
	return q.bytes+n <= maxBytes || q.bytes <= maxBytes/2 && n > maxBytes/2
}

func (q *queue) push(f *Frame, key string) {
	if q.keys != nil && key != "" {
		q.keys[key] = len(q.entries)
	}
	q.entries = append(q.entries, entry{f, key})
	q.bytes += f.Len()
}

// conflated reports whether, of the entries with the same key, there is only one.
func (q *queue) conflated() bool { return q.keys != nil }

// conflate removes all but the newest entry of each key, and returns how many it removed. It costs as much as the queue is
// long, once per stall: until something is taken, supersede keeps it so.
func (q *queue) conflate() (removed uint64) {
	q.keys = make(map[string]int)
	for i := len(q.entries) - 1; i >= 0; i-- {
		key := q.entries[i].key
		if key == "" {
			continue
		}
		if _, newer := q.keys[key]; newer {
			q.remove(i)
			removed++
			continue
		}
		q.keys[key] = i
	}
	q.compact()
	return removed
}

// supersede removes the entry with the key of a conflated queue, and returns how many it removed.
func (q *queue) supersede(key string) (removed uint64) {
	i, ok := q.keys[key]
	if !ok {
		return 0
	}
	delete(q.keys, key)
	q.remove(i)
	if q.holes > 64 && q.holes > len(q.entries)/2 {
		q.compact()
	}
	return 1
}

func (q *queue) remove(i int) {
	q.bytes -= q.entries[i].frame.Len()
	q.entries[i] = entry{}
	q.holes++
}

// compact removes the holes.
func (q *queue) compact() {
	kept := q.entries[:0]
	for _, e := range q.entries {
		if e.frame != nil {
			kept = append(kept, e)
		}
	}
	clear(q.entries[len(kept):])
	q.entries, q.holes = kept, 0
	for i, e := range q.entries {
		if e.key != "" {
			q.keys[e.key] = i
		}
	}
}

// len returns the number of frames.
func (q *queue) len() int { return len(q.entries) - q.holes }

// empty reports whether there is nothing to take.
func (q *queue) empty() bool { return q.len() == 0 }

// take removes frames from the front and returns their bytes: copied behind
// buf[:0] as far as its capacity goes, or a single large frame as it is.
func (q *queue) take(buf []byte) []byte {
	buf = buf[:0]
	i := 0
	for ; i < len(q.entries); i++ {
		f := q.entries[i].frame
		if f == nil {
			q.holes--
			continue
		}
		if len(buf)+len(f.wire) > cap(buf) {
			if len(buf) > 0 {
				break
			}
			buf = f.wire
			i++
			break
		}
		buf = append(buf, f.wire...)
	}
	q.drop(i)
	q.bytes -= len(buf)
	q.freed()
	return buf
}

// takePolled removes every frame and returns a long-polling payload, to which
// put appends them.
func (q *queue) takePolled(put func(f *Frame, b []byte) []byte) []byte {
	var b []byte
	for _, e := range q.entries {
		if e.frame != nil {
			b = put(e.frame, b)
			q.bytes -= e.frame.Len()
		}
	}
	q.holes = 0
	q.drop(len(q.entries))
	q.freed()
	return b
}

// drop removes the first n entries.
func (q *queue) drop(n int) {
	q.keys = nil
	clear(q.entries[:n])
	switch {
	case n < len(q.entries):
		q.entries = q.entries[n:]
	case cap(q.entries) > keepEntries:
		q.entries, q.holes = nil, 0
	default:
		q.entries, q.holes = q.entries[:0], 0
	}
}

// reset forgets everything.
func (q *queue) reset() {
	q.freed()
	*q = queue{reserved: q.reserved, reservedBytes: q.reservedBytes, bytes: q.reservedBytes}
}

// freed tells those who wait for space to look again.
func (q *queue) freed() {
	if q.space != nil {
		close(q.space)
		q.space = nil
	}
}

// shrink gives memory back, where the queue has been empty.
func (q *queue) shrink() {
	if len(q.entries) == 0 {
		q.entries = nil
	}
}
