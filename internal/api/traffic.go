package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// Tracer knows what happened to messages.
type Tracer interface {
	// Trace tells the story of a recorded message to somebody who may read its topic.
	Trace(m *bus.Recorded, p *access.Principal) trace.Trace
	// Why says why messages of a topic do not arrive: at an MQTT client, a principal or a namespace. It fails with a *fault.Error.
	Why(topic, to string) (trace.Trace, error)
}

// Traffic is part of what the bus has had lately.
type Traffic struct {
	Items    []trace.Message `json:"items" doc:"Oldest first"`
	FirstSeq uint64          `json:"first_seq" doc:"The oldest message that is still there"`
	LastSeq  uint64          `json:"last_seq" doc:"The newest message"`
}

type trafficInput struct {
	Filter string `query:"filter" default:"#" doc:"MQTT filter" example:"home/#"`
	Text   string `query:"text" maxLength:"256" doc:"Text in topic or payload, in any case"`
	Since  uint64 `query:"since" doc:"Only later messages: the oldest of these"`
	Before uint64 `query:"before" doc:"Only earlier messages"`
	Limit  int    `query:"limit" default:"500" minimum:"1" maximum:"5000" doc:"Without since: so many of the newest"`
}

type trafficOutput struct{ Body Traffic }

type seqInput struct {
	Seq uint64 `path:"seq"`
}

type traceOutput struct{ Body trace.Trace }

type whyInput struct {
	Topic string `query:"topic" required:"true" example:"home/kitchen/temp"`
	To    string `query:"to" required:"true" doc:"An MQTT client id, the id of a token, user or board, or a namespace" example:"/home/kitchen"`
}

func (s *server) addTraffic() {
	add(s, operation{
		id: "listTraffic", method: http.MethodGet, path: "/api/v1/traffic", tag: "bus", needs: known,
		summary: "List the newest messages", description: "What the bus has had lately, kept in memory: 16,384 messages, with the first KiB of each payload.",
		errors: []int{http.StatusBadRequest, http.StatusUnprocessableEntity},
	}, s.listTraffic)
	add(s, operation{
		id: "getTrace", method: http.MethodGet, path: "/api/v1/traffic/{seq}/trace", tag: "bus", needs: known,
		summary: "Say what happened to a message", errors: []int{http.StatusNotFound},
	}, s.getTrace)
	add(s, operation{
		id: "why", method: http.MethodGet, path: "/api/v1/traffic/why", tag: "bus", needs: access.View,
		summary: "Say why a message does not arrive", description: "Looks at the mappings, who may read what, who is connected and who has subscribed, as they are now, and at what became of the newest message.",
		errors: []int{http.StatusBadRequest, http.StatusUnprocessableEntity},
	}, func(_ context.Context, in *whyInput) (*traceOutput, error) {
		t, err := s.Tracer.Why(in.Topic, in.To)
		return &traceOutput{t}, err
	})
}

func (s *server) listTraffic(ctx context.Context, in *trafficInput) (*trafficOutput, error) {
	if err := mapping.ValidFilter(in.Filter); err != nil {
		return nil, fault.New(fault.Invalid, "filter: %w", err)
	}
	p, last := principalOf(ctx), s.Bus.Seq()
	out := &trafficOutput{Traffic{Items: []trace.Message{}, LastSeq: last}}
	all := s.Bus.Recorded(0, last)
	if len(all) > 0 {
		out.Body.FirstSeq = all[0].Seq
	}
	for _, m := range chosen(all, in, p) {
		view := m.View()
		if !access.Can(p, access.View) {
			view = view.WithoutSender()
		}
		out.Body.Items = append(out.Body.Items, view)
	}
	return out, nil
}

// chosen picks what was asked for, from the end that was asked for.
func chosen(all []*bus.Recorded, in *trafficInput, p *access.Principal) []*bus.Recorded {
	text := strings.ToLower(in.Text)
	wanted := func(m *bus.Recorded) bool {
		return m.Seq > in.Since && (in.Before == 0 || m.Seq < in.Before) && m.Matches(in.Filter, text) && m.ReadableBy(p)
	}
	var out []*bus.Recorded
	if in.Since > 0 {
		for _, m := range all {
			if len(out) < in.Limit && wanted(m) {
				out = append(out, m)
			}
		}
		return out
	}
	for i := len(all) - 1; i >= 0 && len(out) < in.Limit; i-- {
		if wanted(all[i]) {
			out = append(out, all[i])
		}
	}
	slices.Reverse(out)
	return out
}

// getTrace tells those who may not read a message the same as if it were not there.
func (s *server) getTrace(ctx context.Context, in *seqInput) (*traceOutput, error) {
	p := principalOf(ctx)
	m, ok := s.Bus.Find(in.Seq)
	if !ok || !m.ReadableBy(p) {
		return nil, invalid(http.StatusNotFound, "message %d is not among those that are remembered: the newest %d, and only what you may read", in.Seq, s.Bus.RingSize())
	}
	return &traceOutput{s.Tracer.Trace(m, p)}, nil
}
