package broker

import (
	"encoding/binary"
	"errors"
	"time"
)

// An item on disk is a message as one session gets it:
//
//	format u8 | flags u8 | when queued, as messages count, ms u64 | expiry from then, ms u64, 0 for never | PUBLISH packet
const (
	itemFormat = 1
	itemHeader = 18

	itemV5     = 1 // flag: the packet is one of MQTT 5
	itemStored = 2 // flag: a retained message, sent on SUBSCRIBE
)

var errItem = errors.New("not a message of this version")

// encodeItem is what the disk gets of a message.
func encodeItem(o *outgoing, c *clock) []byte {
	b := make([]byte, itemHeader, itemHeader+len(o.frame.bytes))
	b[0] = itemFormat
	if o.frame.v5 {
		b[1] = itemV5
	}
	if o.stored {
		b[1] |= itemStored
	}
	binary.BigEndian.PutUint64(b[2:], uint64(c.counted().Milliseconds()))
	if o.expires > 0 {
		binary.BigEndian.PutUint64(b[10:], uint64(max(1, (o.expires-c.now()).Milliseconds())))
	}
	return append(b, o.frame.bytes...)
}

// decodeItem is the message that the disk had. One that says it expires has at most as long to live as it had when it was
// queued, whatever the clocks say.
func decodeItem(b []byte, c *clock) (*outgoing, error) {
	if len(b) < itemHeader || b[0] != itemFormat {
		return nil, errItem
	}
	v5 := b[1]&itemV5 != 0
	f := reencode(b[itemHeader:], v5, v5)
	if f == nil || f.idAt == 0 {
		return nil, errItem
	}
	o := &outgoing{frame: f, qos: f.bytes[0] >> 1 & 3, stored: b[1]&itemStored != 0}
	if left := milliseconds(b[10:]); left > 0 {
		gone := max(c.counted()-milliseconds(b[2:]), 0)
		o.expires = max(c.now()+left-gone, 1)
	} else {
		f.expiryAt = 0
	}
	return o, nil
}

// milliseconds reads a duration, of at most a thousand years.
func milliseconds(b []byte) time.Duration {
	const most = 140 * 365 * 24 * time.Hour / time.Millisecond // more than any interval of MQTT 5
	return time.Duration(min(binary.BigEndian.Uint64(b), uint64(most))) * time.Millisecond
}
