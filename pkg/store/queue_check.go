package store

import "slices"

// queues looks for contradictions among the queues, and between them and what
// was read back from the disk. Where a commit failed, the disk is in doubt until
// the next.
func (c *checker) queues(here, there *queueSet) {
	here.mu.Lock()
	defer here.mu.Unlock()
	for name, q := range here.byName {
		c.queue(here, q)
		if here.err == nil && !here.dropping(name) {
			c.sameQueue(q, there.byName[name])
		}
	}
	if here.err != nil {
		return
	}
	for name := range there.byName {
		c.want(here.byName[name] != nil || here.dropping(name), "queue %q is on disk only", name)
	}
}

// dropping reports whether the deletion of a queue has yet to be written.
func (qs *queueSet) dropping(name string) bool {
	return qs.pending != nil && slices.ContainsFunc(qs.pending.ops, func(op queueOp) bool {
		return op.kind == opDrop && op.q.name == name
	})
}

func (c *checker) queue(qs *queueSet, q *Queue) {
	n, dead, bytes, last := 0, 0, int64(0), uint64(0)
	for i, e := range q.entries {
		c.want(e.id > last && e.id < q.next, "queue %q: id %d after %d, next %d", q.name, e.id, last, q.next)
		c.want(i >= q.skip || e.hidden, "queue %q: id %d is passed over", q.name, e.id)
		last = e.id
		if e.dead {
			dead++
		}
		if !e.hidden {
			n, bytes = n+1, bytes+int64(e.size)
		}
		_, pending := qs.delta[string(itemKey(q.name, e.id))]
		c.want(e.dead || !e.committed || e.onBolt || pending, "queue %q: id %d will be lost", q.name, e.id)
		c.want(!e.away || e.onBolt, "queue %q: id %d is nowhere", q.name, e.id)
	}
	c.want(n == q.n && bytes == q.bytes && dead == q.dead, "queue %q: %d items, %d bytes, %d dead; counted %d, %d, %d",
		q.name, n, bytes, dead, q.n, q.bytes, q.dead)
}

// sameQueue holds what is committed against the disk.
func (c *checker) sameQueue(q, disk *Queue) {
	mine := committed(q)
	if disk == nil {
		c.want(len(mine)+len(q.records) == 0, "queue %q is not on disk", q.name)
		return
	}
	theirs := committed(disk)
	c.want(slices.EqualFunc(mine, theirs, sameEntry), "queue %q: %d items in memory differ from %d on disk", q.name, len(mine), len(theirs))
	c.want(len(q.records) == len(disk.records), "queue %q: %d records, %d on disk", q.name, len(q.records), len(disk.records))
	for key, r := range q.records {
		d := disk.records[key]
		c.want(d != nil && string(d.data) == string(r.data), "queue %q: record %q differs on disk", q.name, key)
	}
}

func committed(q *Queue) (entries []*entry) {
	for _, e := range q.entries {
		if e.committed && !e.dead {
			entries = append(entries, e)
		}
	}
	return entries
}

func sameEntry(a, b *entry) bool {
	return a.id == b.id && a.at == b.at && a.size == b.size &&
		(a.away || b.away || string(a.data) == string(b.data))
}
