package app

import (
	"fmt"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// maxAsked is how many receivers one answer looks at.
const maxAsked = 200

// question is why messages of a topic do not arrive somewhere. What stands in the way is said first; what does not, after.
type question struct {
	*gateway
	topic, to string
	newest    *bus.Recorded // of the topic; nil when the ring has none
	steps     []trace.Step
	blocked   string // the first thing that stands in the way, of all receivers
	free      bool   // nothing stands in the way of some receiver

	held map[string]bool // mappings that did not pass the newest message on
}

// Why answers why a message of a topic does not arrive: at an MQTT client, a principal or a board by its id, or at a namespace.
func (t tracer) Why(topic, to string) (trace.Trace, error) {
	if err := mapping.ValidTopic(topic); err != nil {
		return trace.Trace{}, fault.New(fault.Invalid, "topic: %w", err)
	}
	if to == "" {
		return trace.Trace{}, fault.New(fault.Invalid, "to: name an MQTT client, a token, a user, a board or a namespace")
	}
	q := &question{gateway: t.gateway, topic: topic, to: to, held: map[string]bool{}}
	q.findNewest()
	switch {
	case to == boardSpace:
		q.boardOfTopic()
	case strings.HasPrefix(to, "/"):
		q.namespace()
	default:
		q.somebody()
	}
	return q.answer(), nil
}

// is adds what is as it should be.
func (q *question) is(kind, format string, args ...any) {
	q.steps = append(q.steps, trace.Step{Kind: kind, Text: fmt.Sprintf(format, args...), Recomputed: true})
}

// stops adds what stands in the way.
func (q *question) stops(kind, reason, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	q.steps = append(q.steps, trace.Step{Kind: kind, Reason: reason, Text: text, Recomputed: true})
	if q.blocked == "" {
		q.blocked = text
	}
}

func (q *question) answer() trace.Trace {
	out := trace.Trace{Steps: q.steps}
	if q.newest != nil {
		view := q.newest.View()
		out.Message = &view
	}
	switch {
	case q.newest == nil && q.blocked != "":
		out.Verdict = "there is no message of late, and one would not arrive: " + q.blocked
		if q.free {
			out.Verdict = "there is no message of late; one would arrive, but not everywhere: " + q.blocked
		}
	case q.newest == nil:
		out.Verdict = "nothing has been published to " + q.topic + " of late; a message would arrive"
	case q.blocked != "" && q.free:
		out.Verdict = "it arrives, but not everywhere: " + q.blocked
	case q.blocked != "":
		out.Verdict = "it does not arrive: " + q.blocked
	default:
		out.Verdict = "nothing stands in the way: the newest message went there"
	}
	return out
}

// findNewest looks for the newest message of the topic, and says what there is instead.
func (q *question) findNewest() {
	list := q.bus.Recorded(0, q.bus.Seq())
	for i := len(list) - 1; i >= 0 && q.newest == nil; i-- {
		if list[i].Topic == q.topic {
			q.newest = list[i]
		}
	}
	if q.newest != nil {
		q.is("in", "the newest message came %s ago, with %d bytes", ago(q.newest.At), q.newest.Size)
		q.commands()
		return
	}
	for _, d := range q.drops.Recent(func(d trace.Dropped) bool { return strings.Contains(d.Detail, `"`+q.topic+`"`) }) {
		q.stops("drop", d.Reason, "a message was refused %s ago, from %s: %s", ago(d.At), d.Source, d.Detail)
		return
	}
	if last, ok := q.bus.Last(q.topic); ok {
		q.is("state", "the last value is from %s ago: it goes to whoever connects", ago(last.At))
		return
	}
	q.is("in", "nothing is known of this topic: no last value, and no message among the newest %d", len(list))
}

func (q *question) commands() {
	if q.newest.Command {
		q.is("state", "it was a command: whoever connects later does not get it, only who is connected when it comes")
	}
}

// namespace asks for everybody in one.
func (q *question) namespace() {
	sockets := q.surface.Listeners(maxAsked, func(namespace string, _ *access.Principal) bool { return namespace == q.to })
	if q.to != "/mqtt" && q.rules(q.to) == 0 {
		return
	}
	if len(sockets) == 0 {
		q.stops("socketio", "offline", "nobody is connected to %s", q.to)
	}
	for _, l := range sockets {
		q.socket(&l)
	}
}

// somebody asks for all connections of one client id or principal.
func (q *question) somebody() {
	readers := q.broker.Readers(q.topic, func(client string, p *access.Principal) bool { return client == q.to || p.ID == q.to })
	sockets := q.surface.Listeners(maxAsked, func(n string, p *access.Principal) bool { return p.ID == q.to && n != boardSpace })
	if q.hasBoard(q.to) {
		q.board(q.to)
	} else if len(readers)+len(sockets) == 0 {
		q.stops("drop", "offline", "nobody called %s is connected, and no MQTT session of that name is kept", q.to)
		q.refusals()
	}
	for i := range readers {
		q.reader(&readers[i])
	}
	seen := map[string]bool{}
	for _, l := range sockets {
		if l.Namespace != "/mqtt" && !seen[l.Namespace] {
			seen[l.Namespace] = true
			if q.rules(l.Namespace) == 0 {
				continue
			}
		}
		q.socket(&l)
	}
}

// refusals adds what was refused lately to who is not here.
func (q *question) refusals() {
	for i, d := range q.drops.Recent(func(d trace.Dropped) bool { return strings.Contains(d.Source+" "+d.Detail, q.to) }) {
		if i < 3 {
			q.stops("drop", d.Reason, "%s was refused %s ago (%s, %s) %s", q.to, ago(d.At), d.Where, d.Reason, d.Detail)
		}
	}
}

func ago(t time.Time) string {
	d := time.Since(t)
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
