package mapping

import "slices"

// Table finds the rules for a topic or an event. It never changes after Compile and is safe for concurrent use.
type Table struct {
	rules  []*Compiled
	topics FilterTree[int] // rules that read topics
	spaces spaceNode       // rules by namespace, and below it by event
}

func newTable(rules []*Compiled) *Table {
	t := &Table{rules: rules}
	for i, c := range rules {
		c.index = i
		if !c.Inbound() || c.Outbound() {
			t.topics.Add(c.topic.Filter(), i)
		}
		if c.namespace != nil {
			t.spaces.add(c, i)
		}
	}
	return t
}

// Rules are the rules of the table in order; the slice is the table's own.
func (t *Table) Rules() []*Compiled { return t.rules }

// byName finds the rules of the table by their names.
func (t *Table) byName() map[string]*Compiled {
	m := make(map[string]*Compiled, len(t.rules))
	for _, c := range t.rules {
		m[c.spec.Name] = c
	}
	return m
}

// Len is the number of rules.
func (t *Table) Len() int { return len(t.rules) }

// Route is where one rule sends the messages of one topic. It depends on the topic alone, so it can be kept as long
// as the table is.
type Route struct {
	Rule      *Compiled
	Topic     string
	Namespace string // with the captured values percent-encoded
	Room      string // empty without a room: everybody in the namespace
	Event     string
	To        string // the target topic of a topic -> topic rule
	Client    string // with ClientID: the id of the principal whose sockets alone may get it
	ClientID  bool
	Drop      Reason // why nothing can be sent, empty when it can
}

// Routes appends to dst the routes of every outbound and topic -> topic rule whose pattern matches topic, in rule
// order. An invalid topic has none.
func (t *Table) Routes(dst []Route, topic string) []Route {
	if ValidTopic(topic) != nil {
		return dst
	}
	var buf [16]int
	ids := t.topics.Match(buf[:0], topic)
	slices.Sort(ids)
	var b bindings
	for _, id := range ids {
		if c := t.rules[id]; c.topic.bind(topic, &b) {
			dst = append(dst, c.route(topic, &b))
		}
	}
	return dst
}

// route renders the targets of a rule for a topic.
func (c *Compiled) route(topic string, b *bindings) Route {
	r := Route{Rule: c, Topic: topic}
	if c.to != nil {
		r.To = c.to.render(b)
		switch {
		case r.To[0] == '$':
			r.Drop = ReasonReservedTopic
		case len(r.To) > MaxTopic:
			r.Drop = ReasonTopicTooLong
		}
		return r
	}
	r.Namespace = c.namespace.render(b)
	r.Event = c.event.render(b)
	if c.room != nil {
		r.Room = c.room.render(b)
	}
	if c.clientOut {
		r.ClientID, r.Client = true, b[c.clientSlot]
	}
	switch {
	case reservedNamespace(r.Namespace):
		r.Drop = ReasonReservedNamespace
	case len(r.Namespace) > MaxNamespace:
		r.Drop = ReasonNamespaceTooLong
	case reservedEvent(r.Event):
		r.Drop = ReasonReservedEvent
	}
	return r
}
