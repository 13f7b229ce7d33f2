// Package mqtt is as much of an MQTT 3.1.1 client as a load needs: CONNECT, SUBSCRIBE and PUBLISH at QoS 0, and at QoS 1 for a
// session that lasts.
package mqtt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Control packet types, as in the upper half of the first byte.
const (
	typeConnack = 2
	typePublish = 3
	typePuback  = 4
	typeSuback  = 9
)

// maxPacket is the largest packet read, in bytes.
const maxPacket = 1 << 20

var errLength = errors.New("remaining length takes more than four bytes")

// AppendPublish appends a PUBLISH packet, QoS 0, not retained.
func AppendPublish(b []byte, topic string, payload []byte) []byte {
	b = appendHeader(b, typePublish<<4, 2+len(topic)+len(payload))
	b = appendString(b, topic)
	return append(b, payload...)
}

// AppendPublishQoS1 appends a PUBLISH packet, QoS 1, not retained.
func AppendPublishQoS1(b []byte, topic string, id uint16, payload []byte) []byte {
	b = appendHeader(b, typePublish<<4|1<<1, 2+len(topic)+2+len(payload))
	b = appendString(b, topic)
	b = binary.BigEndian.AppendUint16(b, id)
	return append(b, payload...)
}

// AppendPuback appends the answer to a PUBLISH packet of QoS 1, as Receive has it.
func AppendPuback(b, publish []byte) []byte {
	at := 2 + int(binary.BigEndian.Uint16(publish))
	return append(append(b, typePuback<<4, 2), publish[at:at+2]...)
}

// appendConnect appends a CONNECT packet without keep-alive. A clean session ends with the connection.
func appendConnect(b []byte, clientID string, clean bool) []byte {
	b = appendHeader(b, 0x10, 10+2+len(clientID))
	b = appendString(b, "MQTT")
	flags := byte(0)
	if clean {
		flags = 0x02
	}
	b = append(b, 4, flags, 0, 0)
	return appendString(b, clientID)
}

// appendSubscribe appends a SUBSCRIBE packet with packet id 1.
func appendSubscribe(b []byte, filter string, qos byte) []byte {
	b = appendHeader(b, 0x82, 2+2+len(filter)+1)
	b = append(b, 0, 1)
	return append(appendString(b, filter), qos)
}

func appendHeader(b []byte, first byte, remaining int) []byte {
	b = append(b, first)
	for ; remaining > 127; remaining >>= 7 {
		b = append(b, byte(remaining)|0x80)
	}
	return append(b, byte(remaining))
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// readPacket reads one packet into buf, which grows as needed, and returns its type and what follows the header.
func readPacket(r *bufio.Reader, buf []byte) (kind byte, body []byte, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, buf, err
	}
	n, err := readLength(r)
	if err != nil {
		return 0, buf, err
	}
	if n > maxPacket {
		return 0, buf, fmt.Errorf("packet of %d bytes, at most %d allowed", n, maxPacket)
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	_, err = io.ReadFull(r, buf[:n])
	return first >> 4, buf[:n], err
}

func readLength(r *bufio.Reader) (n int, err error) {
	for shift := 0; shift < 28; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		n |= int(b&0x7F) << shift
		if b < 0x80 {
			return n, nil
		}
	}
	return 0, errLength
}
