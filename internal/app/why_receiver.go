package app

import (
	"slices"
	"strings"

	"gateway/internal/access"
	"gateway/internal/bridge"
	"gateway/internal/broker"
	"gateway/internal/sio"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// reader asks for one MQTT client.
func (q *question) reader(r *broker.Reader) {
	switch {
	case !r.MayRead:
		q.stops("mqtt", "denied", "MQTT client %s, %s, may not read %s: its patterns are %s", r.ID, r.Who, q.topic, patterns(r.Who.Read))
	case len(r.Filters) == 0:
		q.stops("mqtt", "not_subscribed", "MQTT client %s has %d subscriptions, and none matches %s", r.ID, r.Subscriptions, q.topic)
	case !r.Connected && q.newest != nil && q.newest.QoS == 0:
		q.stops("mqtt", "offline", "MQTT client %s is not connected, and the message had QoS 0: such are not kept for it", r.ID)
	case !r.Connected:
		q.stops("mqtt", "offline", "MQTT client %s is not connected: %d messages wait for it", r.ID, r.Queued)
	case q.isSender(r.ID):
		q.is("mqtt", "MQTT client %s published the newest message itself: with the option no local it does not get it back", r.ID)
		q.free = true
	default:
		q.is("mqtt", "MQTT client %s is connected and has subscribed to %s; %d messages wait for its acknowledgement", r.ID, strings.Join(r.Filters, ", "), r.Queued)
		q.free = true
	}
}

func (q *question) isSender(conn string) bool { return q.newest != nil && q.newest.Origin.Conn == conn }

// rules says what the mappings do between the topic and a namespace, and returns how many bring it there.
func (q *question) rules(namespace string) (bring int) {
	var elsewhere []string
	for _, r := range q.bridge.Table().Routes(nil, q.topic) {
		if r.Namespace != namespace {
			elsewhere = append(elsewhere, r.Rule.Name()+" to "+r.Namespace+r.To)
			continue
		}
		if q.rule(&r) {
			bring++
		}
	}
	if bring > 0 || q.blocked != "" {
		return bring
	}
	text := "no mapping brings " + q.topic + " to " + namespace
	if len(elsewhere) > 0 {
		text += "; it is brought by " + strings.Join(elsewhere, ", ")
	}
	q.stops("rule", "no_rule", "%s", text)
	return 0
}

// rule says what one mapping does with the topic, and with the newest message; false when it brings nothing.
func (q *question) rule(r *mapping.Route) bool {
	name := r.Rule.Name()
	if r.Drop != "" {
		q.stops("rule", "reserved", "mapping %s would make a name that is reserved (%s)", name, r.Drop)
		return false
	}
	for _, s := range q.bridge.Stats() {
		if s.Rule == name && !s.PausedUntil.IsZero() {
			q.stops("rule", "paused", "mapping %s is paused until %s: its expressions were slow", name, s.PausedUntil.Format("15:04:05"))
			return false
		}
	}
	if r.Rule.Spec().Replay == mapping.ReplayNone {
		q.is("rule", "mapping %s brings it to %s as %s, but whoever connects later gets no last value: its replay is none", name, r.Namespace, r.Event)
	} else {
		q.is("rule", "mapping %s brings it to %s as %s", name, r.Namespace, r.Event)
	}
	q.newestBy(r)
	return true
}

// newestBy says what a mapping made of the newest message: as recorded, and why.
func (q *question) newestBy(r *mapping.Route) {
	if q.newest == nil {
		return
	}
	marks := q.bus.Marks(q.newest)
	t := trace.Explain(q.newest.View(), marks, q.bridge.Explain(q.newest))
	for _, step := range t.Steps {
		if step.Rule != r.Rule.Name() || step.Kind == "in" {
			continue
		}
		q.step(step)
	}
}

// step adds what a mapping made of the newest message, if that is not that it went out.
func (q *question) step(step trace.Step) {
	switch step.Reason {
	case "":
		return
	case trace.Nobody.String(): // so nobody knows what it would have become
		would := q.bridge.WouldHoldBack(q.newest, step.Rule)
		if would == "" {
			return
		}
		step.Kind, step.Reason, step.Recomputed = "rule", trace.When.String(), true
		step.Text = "mapping " + step.Rule + ": would not be sent, " + would
	}
	step.Text = "of the newest message, " + step.Text
	q.steps = append(q.steps, step)
	if step.Reason == trace.RateHeld.String() {
		return
	}
	q.held[step.Rule] = true
	if q.blocked == "" {
		q.blocked = step.Text
	}
}

// socket asks for one socket, of /mqtt or of a mapped namespace that rules bring the topic to.
func (q *question) socket(l *sio.Listener) {
	who := "socket " + l.Socket + " of " + l.Principal.String()
	if !access.Check(l.Principal, access.Read, q.topic) {
		q.stops("socketio", "denied", "%s may not read %s: its patterns are %s", who, q.topic, patterns(l.Principal.Read))
		return
	}
	if l.Namespace == "/mqtt" {
		if !slices.ContainsFunc(l.Filters, func(f string) bool { return mapping.MatchFilter(f, q.topic) }) {
			q.stops("socketio", "not_subscribed", "%s has subscribed to %d filters of /mqtt, and none matches %s", who, len(l.Filters), q.topic)
			return
		}
		q.is("socketio", "%s has subscribed to it in /mqtt", who)
		q.free = true
		return
	}
	q.mapped(who, l)
}

func (q *question) mapped(who string, l *sio.Listener) {
	rules, _, _ := q.bridge.Audibles(l.Namespace, l.Principal)
	for _, r := range q.bridge.Table().Routes(nil, q.topic) {
		hears := slices.ContainsFunc(rules, func(a bridge.Audible) bool { return a.Rule == r.Rule })
		switch {
		case r.Namespace != l.Namespace || r.Drop != "":
		case !hears:
			q.stops("socketio", "denied", "%s may not hear mapping %s", who, r.Rule.Name())
		case r.ClientID && r.Client != l.Principal.ID:
			q.stops("socketio", "other_client", "%s is not the one that it is for: mapping %s sends it to %s only", who, r.Rule.Name(), r.Client)
		case r.Room != "" && !slices.Contains(l.Rooms, r.Room):
			q.stops("socketio", "not_joined", "%s has not joined the room %s, which mapping %s sends it to", who, r.Room, r.Rule.Name())
		case q.isSender(l.Socket) && q.newest.Origin.Rule == r.Rule.Name() && !r.Rule.Spec().Echo:
			q.stops("socketio", "echo", "%s sent the newest message itself by mapping %s, whose echo is off", who, r.Rule.Name())
		default:
			q.is("socketio", "%s hears mapping %s", who, r.Rule.Name())
			q.free = q.free || !q.held[r.Rule.Name()]
		}
	}
}

func patterns(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
