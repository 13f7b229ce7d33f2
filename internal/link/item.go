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
}

// An item in a queue:
//
//	format u8 | flags u8 | length of the topic, uvarint | topic | payload
const (
	itemFormat = 1

	flagQoS    = 0b011
	flagRetain = 0b100
)

func (it *item) encode() []byte {
	flags := it.qos
	if it.retain {
		flags |= flagRetain
	}
	data := make([]byte, 0, 2+binary.MaxVarintLen32+len(it.topic)+len(it.payload))
	data = append(data, itemFormat, flags)
	data = binary.AppendUvarint(data, uint64(len(it.topic)))
	data = append(data, it.topic...)
	return append(data, it.payload...)
}

// decodeItem reads what encode wrote, now or in an earlier version. The payload is part of data.
func decodeItem(data []byte) (item, error) {
	if len(data) < 3 || data[0] != itemFormat {
		return item{}, errors.New("outbox item: unknown format")
	}
	flags := data[1]
	if flags&^(flagQoS|flagRetain) != 0 || flags&flagQoS > 2 {
		return item{}, fmt.Errorf("outbox item: unknown flags %#x", flags)
	}
	n, width := binary.Uvarint(data[2:])
	if width <= 0 || n > uint64(len(data)-2-width) {
		return item{}, errors.New("outbox item: cut short")
	}
	rest := data[2+width:]
	it := item{topic: string(rest[:n]), payload: rest[n:], qos: flags & flagQoS, retain: flags&flagRetain != 0}
	if err := mapping.ValidTopic(it.topic); err != nil {
		return item{}, fmt.Errorf("outbox item: topic: %w", err)
	}
	return it, nil
}
