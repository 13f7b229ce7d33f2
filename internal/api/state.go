package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// listedPayload is how many bytes of each payload a list of values has.
const listedPayload = 4 << 10

// listedBytes is about how many bytes of topics and payloads a page of values has, whatever its limit says: any client may ask.
const listedBytes = 2 << 20

// Value is the last value of a topic.
type Value struct {
	Topic     string    `json:"topic"`
	Payload   string    `json:"payload"`
	Encoding  string    `json:"encoding" enum:"utf8,base64"`
	Size      int       `json:"size" doc:"Bytes of the payload"`
	Truncated bool      `json:"truncated,omitempty" doc:"In lists: the payload is longer than the 4 KiB that are shown"`
	Seq       uint64    `json:"seq"`
	At        time.Time `json:"at"`
	QoS       byte      `json:"qos"`
	Retained  bool      `json:"retained" doc:"It was published with MQTT's retain flag"`
}

func valueOf(m *bus.Message, most int) Value {
	shown := m.Payload[:min(len(m.Payload), most)]
	v := Value{
		Topic: m.Topic, Size: len(m.Payload), Truncated: len(shown) < len(m.Payload), Seq: m.Seq, At: m.At, QoS: m.QoS, Retained: m.Retain,
	}
	v.Payload, v.Encoding = trace.Text(shown, v.Truncated)
	return v
}

// ValueList is a page of last values.
type ValueList struct {
	Items []Value `json:"items" doc:"By topic"`
	Next  string  `json:"next,omitempty" doc:"What to give as after for the next page; absent on the last one"`
}

type valueListInput struct {
	Filter string `query:"filter" default:"#" doc:"MQTT filter" example:"home/+/temp"`
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"A page may have fewer, when values are large"`
	After  string `query:"after" doc:"Topic that the page begins after"`
}

type valueListOutput struct{ Body ValueList }

func (s *server) addState() {
	add(s, operation{
		id: "listState", method: http.MethodGet, path: "/api/v1/state", tag: "bus", needs: known,
		summary: "List last values", description: "The last value of each topic that the filter matches and that you may read.",
		errors: []int{http.StatusBadRequest, http.StatusUnprocessableEntity},
	}, s.listState)
	s.addTopic(operation{
		id: "getState", method: http.MethodGet, path: "/api/v1/state/{topic}", tag: "bus", needs: known,
		summary: "Get the last value of a topic", errors: []int{http.StatusNotFound},
	}, nil, Value{}, s.getState)
	s.addTopic(operation{
		id: "deleteState", method: http.MethodDelete, path: "/api/v1/state/{topic}", tag: "bus", needs: known, status: http.StatusNoContent,
		summary:     "Delete the last and the retained value of a topic",
		description: "Publishes an empty retained message, as MQTT has it: whoever listens to the topic hears of it.",
		errors:      []int{http.StatusNotFound},
	}, nil, nil, s.deleteState)
}

func (s *server) listState(ctx context.Context, in *valueListInput) (*valueListOutput, error) {
	if err := mapping.ValidFilter(in.Filter); err != nil {
		return nil, fault.New(fault.Invalid, "filter: %w", err)
	}
	p := principalOf(ctx)
	if access.Coverage(p, in.Filter) == mapping.None {
		return nil, fault.New(fault.Denied, "%s may read nothing of %q", p, in.Filter)
	}
	page := s.pageOf(in, p)
	out := &valueListOutput{ValueList{Items: make([]Value, 0, min(len(page), in.Limit))}}
	size := 0
	for i := range page {
		if i == in.Limit || size > listedBytes {
			out.Body.Next = page[i-1].Topic
			break
		}
		v := valueOf(&page[i], listedPayload)
		size += len(v.Topic) + len(v.Payload)
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

// pageOf returns the first values after a topic, in the order of topics: one more than the limit where there are more. Of all
// the values only few are held at a time.
func (s *server) pageOf(in *valueListInput, p *access.Principal) []bus.Message {
	var page []bus.Message
	cut := func() {
		slices.SortFunc(page, func(a, b bus.Message) int { return cmp.Compare(a.Topic, b.Topic) })
		page = page[:min(len(page), in.Limit+1)]
	}
	s.Bus.Values(in.Filter, func(m bus.Message) bool {
		if m.Topic > in.After && access.Check(p, access.Read, m.Topic) {
			page = append(page, m)
			if len(page) > 2*in.Limit+1000 {
				cut()
			}
		}
		return true
	})
	cut()
	return page
}

func (s *server) getState(w http.ResponseWriter, r *http.Request, topic string) {
	m, err := s.valueFor(r, access.Read, topic)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, valueOf(&m, len(m.Payload)))
}

func (s *server) deleteState(w http.ResponseWriter, r *http.Request, topic string) {
	_, err := s.valueFor(r, access.Write, topic)
	var receipt bus.Receipt
	if err == nil {
		receipt, err = s.Bus.Publish(bus.Message{
			Topic: topic, Retain: true, QoS: 1, Principal: principalOf(r.Context()),
			Origin: bus.Origin{Adapter: bus.FromHTTP, Conn: r.RemoteAddr},
		})
	}
	if err == nil {
		err = receipt.Wait(r.Context())
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// valueFor returns the last value of a topic, to somebody who may do with it what he wants to do.
func (s *server) valueFor(r *http.Request, action access.Action, topic string) (bus.Message, error) {
	if err := mapping.ValidTopic(topic); err != nil {
		return bus.Message{}, fault.New(fault.Invalid, "topic: %w", err)
	}
	if p := principalOf(r.Context()); !access.Check(p, action, topic) {
		return bus.Message{}, fault.New(fault.Denied, "%s may not do that with %q", p, topic)
	}
	m, ok := s.Bus.Last(topic)
	if !ok {
		return m, notFound("value of", topic)
	}
	return m, nil
}
