package store

import (
	"encoding/binary"
	"fmt"
)

// What a record of the value log says. The numbers are on disk.
const (
	opValue          = 1 // newest value of a topic; by itself up to schema 2, then in opItems
	opDeleteValue    = 2
	opRetained       = 3
	opDeleteRetained = 4
	opMark           = 5 // highest sequence number so far; ends a flush
	opQueues         = 6 // a batch of queue operations; since schema 2
)

// A record is a decoded body of the value log or of bbolt's buckets, or an item of one that has several. Its byte
// slices are parts of what it was decoded from.
type record struct {
	op      byte
	topic   string // empty in bbolt, where it is the key
	payload []byte
	extra   []byte
	seq     uint64
	at      int64
	expiry  uint32
	qos     byte
	retain  bool
	clean   bool // of a mark: written by Close
	ops     []loggedOp
}

// appendBody appends the record for an item: all of it, or that it is gone.
// Bodies of live items are
//
//	op u8 | qos + retain<<2 u8 | at i64 | seq uvarint | expiry uvarint |
//	topic length uvarint | topic | extra length uvarint | extra | payload
//
// and those of items that are gone
//
//	op u8 | topic
func appendBody(b []byte, it *item, topic string) []byte {
	op := byte(opValue)
	if it.kind == kindRetained {
		op = opRetained
	}
	if it.gone {
		return append(append(b, op+1), topic...)
	}
	flags := it.qos
	if it.retain {
		flags |= 1 << 2
	}
	b = append(b, op, flags)
	b = binary.LittleEndian.AppendUint64(b, uint64(it.at))
	b = binary.AppendUvarint(b, it.seq)
	b = binary.AppendUvarint(b, uint64(it.expiry))
	b = binary.AppendUvarint(b, uint64(len(topic)))
	b = append(b, topic...)
	b = binary.AppendUvarint(b, uint64(len(it.extra)))
	b = append(b, it.extra...)
	return append(b, it.payload...)
}

// appendMark appends the body of a mark: op u8 | clean u8 | seq uvarint.
func appendMark(b []byte, seq uint64, clean bool) []byte {
	flag := byte(0)
	if clean {
		flag = 1
	}
	return binary.AppendUvarint(append(b, opMark, flag), seq)
}

// decodeBody reads any body. It never panics, whatever the bytes.
func decodeBody(b []byte) (record, error) {
	d := decoder{b: b}
	r := record{op: d.byte()}
	switch r.op {
	case opValue, opRetained:
		d.live(&r)
	case opDeleteValue, opDeleteRetained:
		r.topic = string(d.b)
	case opMark:
		r.clean = d.byte() == 1
		r.seq = d.uvarint()
		d.bad = d.bad || len(d.b) > 0
	case opQueues:
		r.ops = d.ops()
	default:
		d.bad = true
	}
	if d.bad || len(r.topic) > MaxTopicLen {
		return record{}, fmt.Errorf("record of %d bytes, op %d: %w", len(b), r.op, ErrCorrupt)
	}
	return r, nil
}

func (d *decoder) live(r *record) {
	flags := d.byte()
	r.qos, r.retain = flags&3, flags&(1<<2) != 0
	r.at = int64(d.uint64())
	r.seq = d.uvarint()
	expiry := d.uvarint()
	r.expiry = uint32(expiry)
	r.topic = string(d.bytes(d.uvarint()))
	r.extra = d.bytes(d.uvarint())
	r.payload = d.b
	d.bad = d.bad || flags>>3 != 0 || r.qos == 3 || expiry > 1<<32-1
}

// A decoder takes fields off the front of b; once one is missing it is bad, and
// what it returns is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) byte() byte {
	if f := d.bytes(1); f != nil {
		return f[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if f := d.bytes(8); f != nil {
		return binary.LittleEndian.Uint64(f)
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	f := d.b[:n:n]
	d.b = d.b[n:]
	return f
}
