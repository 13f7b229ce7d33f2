package store

import "encoding/binary"

// apply does to memory what op, which is on disk now, does: what readers see and
// what the next checkpoint is to write. qs.mu is held.
func (qs *queueSet) apply(op *queueOp) {
	q := op.q
	switch op.kind {
	case opAppend:
		op.e.committed = true
		qs.put(itemKey(q.name, op.id), cell{e: op.e, below: op.e.onBolt})
		qs.put(rowKey(q.name, rowQueue), cell{q: q, below: q.onBolt})
	case opRemove:
		qs.removed(q, q.find(op.id))
	case opVoid:
		q.next = max(q.next, op.to+1)
		for _, e := range q.between(op.id, op.to) {
			qs.removed(q, e)
		}
	case opPut:
		r := &keptRecord{data: op.data}
		if old := q.records[op.key]; old != nil {
			r.onBolt = old.onBolt
		}
		q.records[op.key] = r
		qs.put(recordKey(q.name, op.key), cell{r: r, below: r.onBolt})
	case opDelete:
		if r := q.records[op.key]; r != nil {
			delete(q.records, op.key)
			qs.del(recordKey(q.name, op.key), r.onBolt)
		}
	case opCreate:
		qs.put(rowKey(q.name, rowQueue), cell{q: q, below: q.onBolt})
	case opDrop:
		qs.drop(q)
	}
}

func (qs *queueSet) removed(q *Queue, e *entry) {
	if e != nil {
		q.bury(e)
		qs.del(itemKey(q.name, e.id), e.onBolt)
	}
}

// drop forgets all there is of q. A new queue may have its name by now.
func (qs *queueSet) drop(q *Queue) {
	for _, e := range q.entries {
		if e.committed && !e.dead {
			qs.del(itemKey(q.name, e.id), e.onBolt)
		}
		q.hide(e)
		e.dead, e.data = true, nil
	}
	for key, r := range q.records {
		qs.del(recordKey(q.name, key), r.onBolt)
	}
	qs.del(rowKey(q.name, rowQueue), q.onBolt)
	q.gone = true
	q.entries, q.skip, q.dead = nil, 0, 0
	clear(q.records)
	if qs.byName[q.name] == q {
		delete(qs.byName, q.name)
	}
}

// A repair is what the disk must be told about a queue after a commit failed:
// some of it may have reached the disk all the same.
type repair struct {
	from, to uint64 // items that failed; to is 0 when none did
	removed  []uint64
	keys     map[string]bool // records
	create   bool
	drop     bool
}

// fail undoes op, which did not reach the disk as far as we know, or has it tried
// again. qs.mu is held.
func (qs *queueSet) fail(op *queueOp) {
	q := op.q
	if q.repair == nil {
		q.repair = &repair{keys: map[string]bool{}}
		qs.broken = append(qs.broken, q)
	}
	r := q.repair
	switch op.kind {
	case opAppend:
		q.bury(op.e)
		r.void(op.id, op.id)
	case opVoid:
		r.void(op.id, op.to)
	case opRemove:
		if e := q.find(op.id); e != nil && e.committed {
			r.removed = append(r.removed, op.id)
		}
	case opPut, opDelete:
		r.keys[op.key] = true
	case opCreate:
		r.create = true
	case opDrop:
		r.drop = true
	}
}

// void widens the range of items that failed. Between two that did, none was
// committed: the commit would have told the disk of the first.
func (r *repair) void(from, to uint64) {
	if r.to == 0 {
		r.from = from
	}
	r.from, r.to = min(r.from, from), max(r.to, to)
}

// repairs returns the operations that put the disk right, as one batch. Drops
// come first: a new queue may have the name.
func (qs *queueSet) repairs() (ops []queueOp) {
	for _, q := range qs.broken {
		if q.repair.drop {
			ops = append(ops, queueOp{kind: opDrop, q: q})
		}
	}
	for _, q := range qs.broken {
		if !q.gone {
			ops = append(ops, q.repairs()...)
		}
		q.repair = nil
	}
	qs.broken = nil
	if len(ops) > 0 {
		ops[len(ops)-1].last = true
	}
	return ops
}

func (q *Queue) repairs() (ops []queueOp) {
	r := q.repair
	if r.create {
		ops = append(ops, queueOp{kind: opCreate, q: q})
	}
	if r.to > 0 {
		ops = append(ops, queueOp{kind: opVoid, q: q, id: r.from, to: r.to})
	}
	for _, id := range r.removed {
		ops = append(ops, queueOp{kind: opRemove, q: q, id: id})
	}
	for key := range r.keys {
		if kept := q.records[key]; kept != nil {
			ops = append(ops, queueOp{kind: opPut, q: q, key: key, data: kept.data})
		} else {
			ops = append(ops, queueOp{kind: opDelete, q: q, key: key})
		}
	}
	return ops
}

// A cell is a row of bbolt that the log knows better.
type cell struct {
	del   bool
	below bool // bbolt may have a row there
	e     *entry
	r     *keptRecord
	q     *Queue
}

// put makes c what the next checkpoint writes under key.
func (qs *queueSet) put(key []byte, c cell) {
	c.below = c.below || qs.delta[string(key)].below
	qs.delta[string(key)] = c
}

// del has the next checkpoint delete the row under key, if bbolt can have one.
// What comes and goes between two checkpoints never gets there.
func (qs *queueSet) del(key []byte, below bool) {
	if below || qs.delta[string(key)].below {
		qs.delta[string(key)] = cell{del: true, below: true}
		return
	}
	delete(qs.delta, string(key))
}

// body is the row as it is now, nil for none.
func (c *cell) body() []byte {
	switch {
	case c.del || c.e != nil && c.e.dead:
		return nil
	case c.e != nil:
		return append(binary.LittleEndian.AppendUint64(nil, uint64(c.e.at)), c.e.data...)
	case c.r != nil:
		return append([]byte{}, c.r.data...)
	}
	return binary.BigEndian.AppendUint64(nil, c.q.next)
}
