package device

import (
	"encoding/json"

	"gateway/internal/fault"
)

// Control takes an event of the board whose name begins with $, and returns what to acknowledge: a value for JSON, or bytes.
// They never reach the bus.
func (x *Session) Control(event string, args []json.RawMessage) (answer any, err error) {
	x.heard()
	if len(args) == 0 {
		return nil, fault.New(fault.Invalid, "%s without an argument", clip(event, 32))
	}
	switch event {
	case "$hello":
		return ok{true}, x.hello(args[0])
	case "$health":
		return ok{true}, x.health(args[0])
	case "$log":
		return ok{true}, x.log(args[0])
	case "$shadow":
		return x.report(args[0])
	case "$ota":
		return x.ota(args[0])
	}
	return nil, fault.New(fault.Invalid, "there is no event %s", clip(event, 32))
}

type ok struct {
	OK bool `json:"ok"`
}

// hello takes what the board is. From then on it counts as online, and an update is done when its build says so itself.
func (x *Session) hello(data json.RawMessage) error {
	var h hello
	if err := parse("$hello", data, &h); err != nil {
		return err
	}
	h.Build.clip()
	b := x.b
	b.mu.Lock()
	x.greeted = true
	b.kept.Build, b.unsaved = &h.Build, true
	h.At = x.s.Now()
	b.addVitals(h.Vitals)
	b.mu.Unlock()
	x.s.arrived(b, h.Build)
	x.sayStatus(online)
	return nil
}

func (x *Session) health(data json.RawMessage) error {
	var v Vitals
	if err := parse("$health", data, &v); err != nil {
		return err
	}
	v.At = x.s.Now()
	x.b.mu.Lock()
	x.b.addVitals(v)
	x.b.unsaved = true
	x.b.mu.Unlock()
	x.s.Options.Changed(Change{ID: x.b.id, Vital: &v})
	return nil
}
