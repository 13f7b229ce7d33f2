package sio

import (
	"gateway/internal/bridge"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// ack is the one argument of every acknowledgement.
type ack struct {
	OK      bool        `json:"ok"`
	Filters []filterAck `json:"filters,omitempty"`
	Error   *ackError   `json:"error,omitempty"`
}

type ackError struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
}

type filterAck struct {
	Filter string    `json:"filter"`
	OK     bool      `json:"ok"`
	Error  *ackError `json:"error,omitempty"`
}

func errorOf(err error) *ackError {
	if err == nil {
		return nil
	}
	return &ackError{fault.CodeOf(err), fault.MessageOf(err)}
}

// answer acknowledges an event; an error is counted too.
func (s *Surface) answer(e *socketio.Event, err error) {
	if err != nil {
		sock := e.Socket()
		s.drops.Add(trace.Key{Where: "socketio", Reason: string(fault.CodeOf(err))}, principalOf(sock).ID+" "+sock.Namespace().Name(), err.Error())
	}
	s.send(e, ack{OK: err == nil, Error: errorOf(err)})
}

// reply acknowledges an event that rules took; the bridge has counted an error already.
func (s *Surface) reply(e *socketio.Event, r bridge.Reply, err error) {
	if err != nil || !r.Answered {
		s.send(e, ack{OK: err == nil, Error: errorOf(err)})
		return
	}
	v, err := mapping.Auto.Encode(r.Payload, false)
	if err != nil {
		s.send(e, ack{Error: errorOf(err)})
		return
	}
	s.send(e, map[string]any{"ok": true, "topic": r.Topic, "payload": argOf(v)}) // binary stays binary in a map only
}

func (s *Surface) send(e *socketio.Event, a any) {
	if !e.HasAck() {
		return
	}
	if err := e.Ack(a); err != nil {
		s.log.Debug("ack not sent", "event", e.Name, "err", err)
	}
}
