package store

import (
	"encoding/binary"
	"fmt"
)

// opItems begins the body of a record that holds values and retained messages that were flushed together; since schema 3. A card wears
// by the byte, so what they share is said once:
//
//	op u8 | items, each: flags u8 | topic | content
//
//	topic:   length uvarint | name, which gets the next number of its segment, from 0 on
//	         or, unless itemNamed, the number uvarint that it got there
//	content: at varint | seq varint | [expiry uvarint] | [extra length uvarint | extra] | payload length uvarint | payload
//	         and nothing if itemGone
//
// Times and sequence numbers are differences from those of the item before, the first one's from 0.
const opItems = 7

// Flags of an item. The numbers are on disk.
const (
	itemQoS      = 3 // mask
	itemRetain   = 1 << 2
	itemRetained = 1 << 3 // kindRetained
	itemGone     = 1 << 4
	itemNamed    = 1 << 5 // the topic's name follows, not its number
	itemExtra    = 1 << 6
	itemExpiry   = 1 << 7
)

// names gives the topics of a segment numbers as it is written. A number that never reached the disk must not be counted on: begin and undo
// start another round, in which each topic is named anew.
type names struct {
	round uint32 // that item.named refers to; never 0
	next  uint32 // number to be given
	solid uint32 // numbers given by what the segment holds
}

// begin goes on behind n numbers of a segment, by topics that nobody knows any more.
func (n *names) begin(solid int) {
	n.round++
	n.next, n.solid = uint32(solid), uint32(solid)
}

func (n *names) keep() { n.solid = n.next }
func (n *names) undo() { n.begin(int(n.solid)) }

// An itemEncoder appends the items of one body to b.
type itemEncoder struct {
	b     []byte
	names *names
	at    int64 // of the item before
	seq   uint64
}

// add appends it, and gives its topic a number if it has none.
func (e *itemEncoder) add(it *item) {
	known := it.named == e.names.round
	e.b = append(e.b, it.flags(!known))
	if known {
		e.b = binary.AppendUvarint(e.b, uint64(it.number))
	} else {
		e.b = appendString(e.b, it.topic)
		it.named, it.number = e.names.round, e.names.next
		e.names.next++
	}
	if it.gone {
		return
	}
	e.b = binary.AppendVarint(e.b, it.at-e.at)
	e.b = binary.AppendVarint(e.b, int64(it.seq-e.seq))
	e.at, e.seq = it.at, it.seq
	if it.expiry > 0 {
		e.b = binary.AppendUvarint(e.b, uint64(it.expiry))
	}
	if it.extra != "" {
		e.b = appendString(e.b, it.extra)
	}
	e.b = appendString(e.b, it.payload)
}

func (it *item) flags(named bool) (flags byte) {
	if named {
		flags |= itemNamed
	}
	if it.kind == kindRetained {
		flags |= itemRetained
	}
	if it.gone {
		return flags | itemGone
	}
	flags |= it.qos
	if it.retain {
		flags |= itemRetain
	}
	if it.extra != "" {
		flags |= itemExtra
	}
	if it.expiry > 0 {
		flags |= itemExpiry
	}
	return flags
}

// An itemDecoder reads the bodies of a segment with items, in order.
type itemDecoder struct {
	topics  []string // by number
	records []record // of the body read last
}

// each calls fn for the records of any body, and reports whether it was sound.
func (i *itemDecoder) each(body []byte, version uint32, fn func(record)) bool {
	if version >= 2 && body[0] == opItems {
		records, err := i.decode(body)
		for _, r := range records {
			fn(r)
		}
		return err == nil
	}
	r, err := decodeBody(body)
	if err != nil || r.op < opMark && r.topic == "" {
		return false
	}
	fn(r)
	return true
}

// decode returns the records of a body, good until the next one is read. A body that is refused gives no topic a number.
func (i *itemDecoder) decode(body []byte) ([]record, error) {
	solid := len(i.topics)
	i.records = i.records[:0]
	d := decoder{b: body}
	d.bad = d.byte() != opItems || len(d.b) == 0
	var before record
	for len(d.b) > 0 && !d.bad {
		before = i.item(&d, before.at, before.seq)
		i.records = append(i.records, before)
	}
	if d.bad {
		i.topics = i.topics[:solid]
		return nil, fmt.Errorf("items of %d bytes: %w", len(body), ErrCorrupt)
	}
	return i.records, nil
}

// item reads one that comes after an item of that time and sequence number.
func (i *itemDecoder) item(d *decoder, at int64, seq uint64) record {
	flags := d.byte()
	r := record{op: opValue, topic: i.topic(d, flags), at: at, seq: seq}
	if flags&itemRetained != 0 {
		r.op = opRetained
	}
	if flags&itemGone != 0 {
		r.op++ // at and seq stay, for the item that follows
		d.bad = d.bad || flags&^(itemRetained|itemGone|itemNamed) != 0
		return r
	}
	r.qos, r.retain = flags&itemQoS, flags&itemRetain != 0
	r.at += d.varint()
	r.seq += uint64(d.varint())
	if flags&itemExpiry != 0 {
		expiry := d.uvarint()
		r.expiry = uint32(expiry)
		d.bad = d.bad || expiry > 1<<32-1
	}
	if flags&itemExtra != 0 {
		r.extra = d.bytes(d.uvarint())
	}
	r.payload = d.bytes(d.uvarint())
	d.bad = d.bad || r.qos == 3
	return r
}

func (i *itemDecoder) topic(d *decoder, flags byte) string {
	if flags&itemNamed == 0 {
		n := d.uvarint()
		if n >= uint64(len(i.topics)) {
			d.bad = true
			return ""
		}
		return i.topics[n]
	}
	name := d.bytes(d.uvarint())
	d.bad = d.bad || len(name) == 0 || len(name) > MaxTopicLen
	if d.bad {
		return ""
	}
	i.topics = append(i.topics, string(name))
	return i.topics[len(i.topics)-1]
}
