package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"gateway/pkg/mapping"
)

// item is one message for the remote broker.
type item struct {
	topic   string // remote
	payload []byte
	qos     byte
	retain  bool
	expiry  uint32 // MQTT 5 message expiry interval: seconds that it may wait here; 0 for any
	trail   string // for a broker that is another gateway's, see bus.Trail; "" for none
}

// An item in a queue:
//
//	format u8 | flags u8 | length, uvarint | topic | length, uvarint | trail | expiry, uvarint | payload
//
// Format 1 has neither trail nor expiry.
const (
	itemFormat       = 2
	itemWithoutTrail = 1

	flagQoS    = 0b011
	flagRetain = 0b100
)

var errCutShort = errors.New("outbox item: cut short")

func (it *item) encode() []byte {
	flags := it.qos
	if it.retain {
		flags |= flagRetain
	}
	data := make([]byte, 0, 2+3*binary.MaxVarintLen32+len(it.topic)+len(it.trail)+len(it.payload))
	data = append(data, itemFormat, flags)
	for _, s := range []string{it.topic, it.trail} {
		data = binary.AppendUvarint(data, uint64(len(s)))
		data = append(data, s...)
	}
	data = binary.AppendUvarint(data, uint64(it.expiry))
	return append(data, it.payload...)
}

// expired reports whether an item of that age is not wanted any more.
func (it *item) expired(age time.Duration) bool {
	return it.expiry > 0 && age >= time.Duration(it.expiry)*time.Second
}

// decodeItem reads what encode wrote, now or in an earlier version. The payload is part of data.
func decodeItem(data []byte) (it item, err error) {
	if len(data) < 3 || data[0] != itemFormat && data[0] != itemWithoutTrail {
		return item{}, errors.New("outbox item: unknown format")
	}
	flags := data[1]
	if flags&^(flagQoS|flagRetain) != 0 || flags&flagQoS > 2 {
		return item{}, fmt.Errorf("outbox item: unknown flags %#x", flags)
	}
	it.qos, it.retain = flags&flagQoS, flags&flagRetain != 0
	if it.topic, it.payload, err = cutString(data[2:]); err != nil {
		return item{}, err
	}
	if data[0] == itemFormat {
		if err := it.cutRest(); err != nil {
			return item{}, err
		}
	}
	if err := mapping.ValidTopic(it.topic); err != nil {
		return item{}, fmt.Errorf("outbox item: topic: %w", err)
	}
	return it, nil
}

// cutRest takes off the payload what format 2 has before it.
func (it *item) cutRest() (err error) {
	if it.trail, it.payload, err = cutString(it.payload); err != nil {
		return err
	}
	expiry, width := binary.Uvarint(it.payload)
	if width <= 0 || expiry > math.MaxUint32 {
		return errCutShort
	}
	it.expiry, it.payload = uint32(expiry), it.payload[width:]
	return nil
}

// cutString reads a string that stands behind its length.
func cutString(data []byte) (s string, rest []byte, err error) {
	n, width := binary.Uvarint(data)
	if width <= 0 || n > uint64(len(data)-width) {
		return "", nil, errCutShort
	}
	data = data[width:]
	return string(data[:n]), data[n:], nil
}
