package sio

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// subscribe(filter or [filters], {payload, no_local}?, ack): the ack tells of each filter whether it stands. The last values
// come first, marked as replayed, then what is published from then on, with no gap and no duplicate between the two.
func (r *raw) subscribe(_ context.Context, e *socketio.Event) {
	filters, template, err := subscribeArgs(e)
	if err == nil {
		err = subscriberOf(e.Socket()).pace.take()
	}
	if err != nil {
		r.surface.answer(e, err)
		return
	}
	sock := e.Socket()
	a := ack{OK: true}
	var accepted []subscription
	for _, f := range filters {
		sub := template
		sub.filter = f
		err := r.allow(sock, &sub)
		if err == nil && r.filtersOf(sock)+len(accepted) >= maxSubscriptions {
			err = fault.New(fault.RateLimited, "a socket may have %d filters: use wildcards", maxSubscriptions)
		}
		if err == nil {
			accepted = append(accepted, sub)
		}
		a.OK = a.OK && err == nil
		a.Filters = append(a.Filters, filterAck{f, err == nil, errorOf(err)})
	}
	sock.Hold()
	defer sock.Release()
	seq := r.join(sock, accepted)
	r.surface.send(e, a)
	r.replay(sock, accepted, seq)
}

func subscribeArgs(e *socketio.Event) (filters []string, template subscription, err error) {
	template.codec = mapping.Auto
	wrong := fault.New(fault.Invalid, "%s takes a topic filter or a list of them, and perhaps {payload, no_local}", e.Name)
	if len(e.Args) < 1 || len(e.Args) > 2 {
		return nil, template, wrong
	}
	var one string
	switch {
	case e.Args[0].Decode(&one) == nil:
		filters = []string{one}
	case e.Args[0].Decode(&filters) != nil:
		return nil, template, wrong
	}
	if len(e.Args) == 1 {
		return filters, template, nil
	}
	var o struct {
		Payload mapping.Codec `json:"payload"`
		NoLocal bool          `json:"no_local"`
	}
	if e.Args[1].Decode(&o) != nil {
		return nil, template, wrong
	}
	switch o.Payload {
	case "", mapping.Auto, mapping.JSON, mapping.Text, mapping.Binary:
	default:
		return nil, template, fault.New(fault.Invalid, "payload %q: use auto, json, text or binary", o.Payload)
	}
	if o.Payload != "" {
		template.codec = o.Payload
	}
	template.noLocal = o.NoLocal
	return filters, template, nil
}

// allow checks a filter against what the principal may read.
func (r *raw) allow(sock *socketio.Socket, sub *subscription) error {
	err := r.check(sock, sub)
	if err != nil {
		id := principalOf(sock).ID
		r.surface.drops.Add(trace.Key{Where: "socketio", Reason: string(fault.CodeOf(err))}, id+" "+rawNamespace, err.Error())
	}
	return err
}

func (r *raw) check(sock *socketio.Socket, sub *subscription) error {
	p := principalOf(sock)
	if err := mapping.ValidFilter(sub.filter); err != nil {
		return fault.New(fault.Invalid, "filter: %w", err)
	}
	if len(sub.filter) > maxFilter || strings.Count(sub.filter, "/") >= maxLevels {
		return fault.New(fault.TooLarge, "a filter may have %d bytes and %d levels", maxFilter, maxLevels)
	}
	switch access.Coverage(p, sub.filter) {
	case mapping.None:
		return fault.New(fault.Denied, "%s may read nothing of %q", p, sub.filter)
	case mapping.Partial:
		sub.checked = true
	}
	return nil
}

// join makes a socket a member of its subscriptions' groups in one step between two messages, and returns the sequence number
// of the last message before.
func (r *raw) join(sock *socketio.Socket, subs []subscription) (seq uint64) {
	r.surface.bus.Barrier(func(n uint64) {
		seq = n
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, sub := range subs {
			r.joinOne(sock, sub)
		}
		r.forgetTopics()
	})
	return seq
}

// filtersOf is how many subscriptions a socket has.
func (r *raw) filtersOf(sock *socketio.Socket) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(subscriberOf(sock).filters)
}

func (r *raw) joinOne(sock *socketio.Socket, sub subscription) {
	m := subscriberOf(sock)
	own := m.filters
	if old := own[sub.filter]; old != nil {
		if old.subscription == sub {
			return
		}
		r.leaveOne(sock, old) // the same filter with other options replaces it, as in MQTT
	}
	g := r.groupOf(sub)
	own[sub.filter] = g
	sock.Join(g.room)
	if sub.checked || r.filters > maxRecoverable {
		sock.NoRecovery() // what is sent to it alone is not kept for its return
		m.returns = false
	}
}

// groupOf returns the group of a subscription, with one more member. It runs inside a barrier.
func (r *raw) groupOf(sub subscription) *group {
	g := r.groups[sub]
	if g == nil {
		g = &group{subscription: sub, room: fmt.Sprintf("%s %t %t %s", sub.codec, sub.noLocal, sub.checked, sub.filter)}
		r.groups[sub] = g
		r.tree.Add(sub.filter, g)
	}
	g.members++
	r.filters++
	return g
}

// leaveOne takes a socket (nil when it has gone already) out of a group, and the group away with its last member.
func (r *raw) leaveOne(sock *socketio.Socket, g *group) {
	if sock != nil {
		sock.Leave(g.room)
	}
	r.filters--
	if g.members--; g.members == 0 {
		delete(r.groups, g.subscription)
		r.tree.Remove(g.filter, g)
	}
}

// unsubscribe(filter or [filters], ack)
func (r *raw) unsubscribe(_ context.Context, e *socketio.Event) {
	filters, _, err := subscribeArgs(e)
	if err == nil {
		err = subscriberOf(e.Socket()).pace.take()
	}
	if err != nil {
		r.surface.answer(e, err)
		return
	}
	a := ack{OK: true}
	r.surface.bus.Barrier(func(uint64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, f := range filters {
			a.Filters = append(a.Filters, r.unsubscribeOne(e.Socket(), f))
		}
		r.forgetTopics()
	})
	for _, f := range a.Filters {
		a.OK = a.OK && f.OK
	}
	r.surface.send(e, a)
}

func (r *raw) unsubscribeOne(sock *socketio.Socket, filter string) filterAck {
	m := subscriberOf(sock)
	g := m.filters[filter]
	if g == nil {
		return filterAck{filter, false, errorOf(fault.New(fault.Invalid, "not subscribed to %q", filter))}
	}
	delete(m.filters, filter)
	r.leaveOne(sock, g)
	return filterAck{filter, true, nil}
}

// enter gives a socket its subscriptions: none, or those of the lost one whose state it takes up.
func (r *raw) enter(sock *socketio.Socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.members[sock.ID()]; m != nil && sock.Recovered() {
		m.sock = sock
		sock.SetData(m)
		return
	}
	m := &subscriber{sock: sock, filters: map[string]*group{}, returns: r.surface.recovery > 0, pace: newPace()}
	r.members[sock.ID()] = m
	sock.SetData(m)
}

func subscriberOf(sock *socketio.Socket) *subscriber {
	m, _ := sock.Data().(*subscriber)
	return m
}

// recoveryMargin is how much longer than its state a lost socket's subscriptions are kept.
const recoveryMargin = 5 * time.Second

// gone forgets a socket that has left: at once, or when its client can no longer take up its state again.
func (r *raw) gone(sock *socketio.Socket, reason socketio.Reason) {
	r.mu.Lock()
	m := r.members[sock.ID()]
	returns := m != nil && m.returns && len(m.filters) > 0 && reason.Recoverable()
	r.mu.Unlock()
	if returns {
		time.AfterFunc(r.surface.recovery+recoveryMargin, func() { r.leave(sock) })
		return
	}
	r.leave(sock)
}

// leave forgets a socket, unless another has taken its state up.
func (r *raw) leave(sock *socketio.Socket) {
	if m := subscriberOf(sock); m != nil {
		r.forget(sock.ID(), m, sock)
	}
}

// leaveLost forgets a socket of before a restart, unless its client has come back.
func (r *raw) leaveLost(id string, m *subscriber) { r.forget(id, m, nil) }

func (r *raw) forget(id string, m *subscriber, sock *socketio.Socket) {
	r.surface.bus.Barrier(func(uint64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.members[id] != m || m.sock != sock {
			return
		}
		delete(r.members, id)
		for _, g := range m.filters {
			r.leaveOne(nil, g)
		}
		r.forgetTopics()
	})
}

// replay sends the last values that the subscriptions match, each topic once, up to a sequence number.
func (r *raw) replay(sock *socketio.Socket, subs []subscription, seq uint64) {
	p := principalOf(sock)
	sent := map[string]bool{}
	for _, sub := range subs {
		r.surface.bus.Values(sub.filter, func(m bus.Message) bool {
			if m.Seq > seq || sent[m.Topic] || !access.Check(p, access.Read, m.Topic) {
				return true
			}
			sent[m.Topic] = true
			if packet := r.encode(&m, sub.codec, true); packet != nil {
				return sendSlowly(sock, packet) == nil
			}
			return true
		})
	}
}
