package app

import (
	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/trace"
)

// tracer tells what happened to messages. It implements api.Tracer.
type tracer struct{ *gateway }

// Trace tells the story of a message that the traffic ring still has. Expressions of mappings and what they yield are for those
// who may see the configuration.
func (t tracer) Trace(m *bus.Recorded, p *access.Principal) trace.Trace {
	var refine trace.Refine
	view := m.View()
	if access.Can(p, access.View) {
		refine = t.bridge.Explain(m)
	} else {
		view = view.WithoutSender()
	}
	return trace.Explain(view, t.bus.Marks(m), refine)
}
