package socketio

import (
	"errors"

	"gateway/pkg/socketio/parser"
)

// errNotEvent is returned for a prepared body that does not begin as an event does.
var errNotEvent = errors.New("socketio: a prepared packet is an array that begins with the event's name")

// PreparedPacket returns a packet of an array that the caller has encoded: [event, args...], JSON in UTF-8, with
// {"_placeholder":true,"num":i} where the i-th attachment belongs. The caller answers for it: the body is not parsed again, and a
// client cuts its connection on one that is no JSON. Only the event's name is looked at; the error is [ErrReservedEvent] for one that
// is reserved. body and attachments must not be modified after.
func PreparedPacket(namespace string, body []byte, attachments ...[]byte) (*Packet, error) {
	if len(body) < len(`["a"]`) || body[0] != '[' || body[1] != '"' || body[len(body)-1] != ']' {
		return nil, errNotEvent
	}
	name := body[2:]
	for i, c := range name {
		if c == '"' {
			if i == 0 || parser.Reserved(string(name[:i])) {
				return nil, ErrReservedEvent
			}
			break
		}
	}
	return packetOf(namespace, parser.Payload{Body: body, Attachments: attachments}), nil
}
