package store

import "encoding/binary"

// Kinds of queue operations. The numbers are on disk.
const (
	opAppend = 1
	opRemove = 2
	opPut    = 3
	opDelete = 4
	opCreate = 5
	opDrop   = 6 // the queue with all it has
	opVoid   = 7 // items in a range of IDs were never there
)

// maxID is the largest ID of an item. Nobody gets there; damaged bytes may.
const maxID = 1 << 62

// A queueOp is one change to a queue. Each is absolute, so that doing it again
// after others on the same item or record leaves what the last of them said.
type queueOp struct {
	kind byte
	last bool // of its batch
	q    *Queue
	e    *entry // of opAppend
	id   uint64
	to   uint64 // of opVoid: the last ID
	at   int64
	key  string
	data []byte
}

// A loggedOp is a queueOp as read from the log. Its byte slices are parts of
// what it was decoded from.
type loggedOp struct {
	kind   byte
	name   []byte
	id, to uint64
	at     int64
	key    []byte
	data   []byte
}

// appendOps appends the body of a record that holds a batch:
//
//	op u8 | operations, each: kind u8 | name length uvarint | name | ...
//	append: id uvarint | at i64 | data length uvarint | data
//	remove: id uvarint
//	put:    key length uvarint | key | data length uvarint | data
//	delete: key length uvarint | key
//	void:   first id uvarint | last id uvarint
func appendOps(b []byte, ops []queueOp) []byte {
	b = append(b, opQueues)
	for i := range ops {
		op := &ops[i]
		b = append(b, op.kind)
		b = appendString(b, op.q.name)
		switch op.kind {
		case opAppend:
			b = binary.AppendUvarint(b, op.id)
			b = binary.LittleEndian.AppendUint64(b, uint64(op.at))
			b = appendString(b, op.data)
		case opRemove:
			b = binary.AppendUvarint(b, op.id)
		case opPut:
			b = appendString(appendString(b, op.key), op.data)
		case opDelete:
			b = appendString(b, op.key)
		case opVoid:
			b = binary.AppendUvarint(binary.AppendUvarint(b, op.id), op.to)
		}
	}
	return b
}

func appendString[S string | []byte](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// ops decodes what appendOps wrote behind the op.
func (d *decoder) ops() (ops []loggedOp) {
	for len(d.b) > 0 && !d.bad {
		op := loggedOp{kind: d.byte()}
		op.name = d.bytes(d.uvarint())
		switch op.kind {
		case opAppend:
			op.id, op.at = d.uvarint(), int64(d.uint64())
			op.data = d.bytes(d.uvarint())
		case opRemove:
			op.id = d.uvarint()
		case opPut:
			op.key = d.bytes(d.uvarint())
			op.data = d.bytes(d.uvarint())
		case opDelete:
			op.key = d.bytes(d.uvarint())
		case opVoid:
			op.id, op.to = d.uvarint(), d.uvarint()
		case opCreate, opDrop:
		default:
			d.bad = true
		}
		d.bad = d.bad || len(op.name) == 0 || len(op.name) > maxQueueName || len(op.key) > maxRecordKey ||
			op.id > maxID || op.to > maxID || op.kind == opAppend && op.id == 0
		ops = append(ops, op)
	}
	d.bad = d.bad || len(ops) == 0
	return ops
}
