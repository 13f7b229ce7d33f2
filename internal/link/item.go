package link

import (
	"encoding/binary"
	"errors"
	"fmt"

	"gateway/pkg/mapping"
)

// item is one message for the remote broker.
type item struct {
	topic   string // remote
	payload []byte
	qos     byte
	retain  bool
	trail   string // for a broker that is another gateway's, see bus.Trail; "" for none
}

// An item in a queue:
//
//	format u8 | flags u8 | length, uvarint | topic | length, uvarint | trail | payload
//
// Format 1 has no trail.
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
	data := make([]byte, 0, 2+2*binary.MaxVarintLen32+len(it.topic)+len(it.trail)+len(it.payload))
	data = append(data, itemFormat, flags)
	for _, s := range []string{it.topic, it.trail} {
		data = binary.AppendUvarint(data, uint64(len(s)))
		data = append(data, s...)
	}
	return append(data, it.payload...)
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
		if it.trail, it.payload, err = cutString(it.payload); err != nil {
			return item{}, err
		}
	}
	if err := mapping.ValidTopic(it.topic); err != nil {
		return item{}, fmt.Errorf("outbox item: topic: %w", err)
	}
	return it, nil
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
