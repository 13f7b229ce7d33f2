package sio

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

// rawNamespace is the bus itself: subscribe, unsubscribe and publish with topics and filters, as in MQTT.
const rawNamespace = "/mqtt"

const (
	maxSubscriptions = 1000 // filters of one socket
	maxFilter        = 1024 // bytes of a filter
	maxLevels        = 128  // levels of a filter
	// maxRecoverable is how many filters in all may belong to sockets whose client can take its state up again: beyond it
	// clients that lose their connection come back as new ones, so that lost ones cost a bounded memory.
	maxRecoverable = 20_000
)

// raw serves /mqtt. Sockets with the same subscription form a group, so that a message is encoded once for all of them.
type raw struct {
	surface *Surface
	n       *socketio.Namespace
	cache   [bus.Shards]map[string][]*group // topic -> groups; each under its shard's lock

	mu      sync.Mutex
	groups  map[subscription]*group
	tree    mapping.FilterTree[*group]
	members map[string]*subscriber // by socket id
	filters int                    // of all members
}

// subscriber is a socket with its subscriptions. They outlive a lost connection for as long as the client may take its state
// up again, so that it misses nothing.
type subscriber struct {
	sock    *socketio.Socket
	filters map[string]*group
	returns bool // its client can take its state up again
	pace    pace
	waiting atomic.Int32 // events whose acknowledgement is not sent yet
}

// subscription is what the sockets of a group have in common.
type subscription struct {
	filter  string
	codec   mapping.Codec
	noLocal bool
	checked bool // the principal may read only some of the filter's topics: each message is checked
}

type group struct {
	subscription
	room    string
	members int
}

// maxCached bounds the topics whose groups one shard remembers.
const maxCached = 4096

func newRaw(s *Surface) *raw {
	r := &raw{surface: s, groups: map[subscription]*group{}, members: map[string]*subscriber{}}
	r.n = s.server.Namespace(rawNamespace)
	r.n.Use(s.seated)
	r.n.OnConnect(func(sock *socketio.Socket) {
		sock.On("subscribe", r.subscribe)
		sock.On("unsubscribe", r.unsubscribe)
		sock.On("publish", r.publish)
		r.enter(sock)
		s.settled(sock)
		sock.OnDisconnect(func(reason socketio.Reason) { r.gone(sock, reason) })
	})
	s.bus.Attach("socketio", r.receive)
	return r
}

// forgetTopics empties the cache; it runs inside a barrier.
func (r *raw) forgetTopics() {
	clear(r.cache[:])
}

// receive is the end of the bus: it runs under the topic's lock.
func (r *raw) receive(d *bus.Delivery) {
	groups := r.groupsOf(d.Shard, d.Message.Topic)
	if len(groups) == 0 {
		return
	}
	d.Heard()
	m := outgoing{Message: d.Message}
	switch len(groups) {
	case 1:
		r.toGroup(&m, groups[0])
	default:
		r.toGroups(&m, groups)
	}
	r.surface.sent.Add(uint64(m.sent))
	r.surface.bus.Note(m.Message, trace.Mark{
		Kind: trace.Raw, Receivers: uint32(m.sent), Slow: uint16(min(m.lost, math.MaxUint16)),
	})
}

// outgoing is a message on its way to sockets, and how many got it or lost it so far.
type outgoing struct {
	*bus.Message
	sent, lost int
}

func (r *raw) groupsOf(shard int, topic string) []*group {
	groups, ok := r.cache[shard][topic]
	if !ok {
		if len(r.cache[shard]) >= maxCached || r.cache[shard] == nil {
			r.cache[shard] = map[string][]*group{}
		}
		r.mu.Lock()
		groups = r.tree.Match(nil, topic)
		r.mu.Unlock()
		r.cache[shard][topic] = groups
	}
	return groups
}

// toGroup is the common case: one group, one packet.
func (r *raw) toGroup(m *outgoing, g *group) {
	packet := r.encode(m.Message, g.codec, false)
	if packet == nil {
		return
	}
	if g.checked {
		r.toChecked(m, g, packet, nil)
		return
	}
	to := r.n.To(g.room)
	if g.noLocal && m.Origin.Adapter == bus.FromSocketIO {
		to = to.Except(m.Origin.Conn)
	}
	r.emit(to, m, packet)
}

// toGroups sends each socket one copy, however many of its filters match. Groups that leave out the sender come last: it may be
// in another one.
func (r *raw) toGroups(m *outgoing, groups []*group) {
	packets := map[mapping.Codec]*socketio.Packet{}
	var done []string
	for _, last := range []bool{false, true} {
		for _, g := range groups {
			if g.noLocal != last {
				continue
			}
			packet, ok := packets[g.codec]
			if !ok {
				packet = r.encode(m.Message, g.codec, false)
				packets[g.codec] = packet
			}
			if packet != nil {
				done = append(done, r.toOneOf(m, g, packet, done)...)
			}
		}
	}
}

// toOneOf sends to a group's members that are in none of the rooms of done and have none of its ids; it returns what names them.
func (r *raw) toOneOf(m *outgoing, g *group, packet *socketio.Packet, done []string) []string {
	if g.checked {
		return r.toChecked(m, g, packet, done)
	}
	to := r.n.To(g.room).Except(done...)
	if g.noLocal && m.Origin.Adapter == bus.FromSocketIO {
		to = to.Except(m.Origin.Conn)
	}
	r.emit(to, m, packet)
	return []string{g.room}
}

// emit lets a receiver that cannot keep up skip to the newest value of a topic, but never skip a command.
func (r *raw) emit(to *socketio.Broadcast, m *outgoing, packet *socketio.Packet) {
	if !m.Command {
		to = to.Key(m.Topic)
	}
	sent, lost, _ := to.CountPacket(packet) // a packet that was made for the namespace can be emitted
	m.sent += sent
	m.lost += lost
}

// toChecked sends to those of a group who may read the topic and are in none of the rooms or ids of except; it returns their ids.
func (r *raw) toChecked(m *outgoing, g *group, packet *socketio.Packet, except []string) (ids []string) {
	for _, sock := range r.n.In(g.room).Except(except...).Sockets() {
		local := g.noLocal && m.Origin.Adapter == bus.FromSocketIO && m.Origin.Conn == sock.ID()
		if local || !access.Check(principalOf(sock), access.Read, m.Topic) {
			continue
		}
		r.emit(r.n.To(sock.ID()).Transient(), m, packet)
		ids = append(ids, sock.ID())
	}
	return ids
}

// encode makes the packet [message, topic, payload, meta], or returns nil when the payload does not fit the codec.
func (r *raw) encode(m *bus.Message, codec mapping.Codec, replayed bool) *socketio.Packet {
	value, err := codec.Encode(m.Payload, m.Retain)
	var packet *socketio.Packet
	if err == nil {
		packet, err = rawPacket(m, value, replayed)
	}
	if err != nil {
		r.surface.drops.Add(trace.Key{Where: "socketio", Reason: "payload"}, m.Topic, err.Error())
		return nil
	}
	return packet
}

// publish(topic, payload, {qos, retain}?, ack)
func (r *raw) publish(ctx context.Context, e *socketio.Event) {
	m, err := r.messageOf(e)
	if err != nil {
		r.surface.answer(e, err)
		return
	}
	receipt, err := r.surface.bus.Publish(m)
	if err != nil || !receipt.Durable() {
		r.surface.answer(e, err)
		return
	}
	r.answerLater(ctx, e, receipt)
}

// durableTimeout bounds how long a publisher waits for a disk.
const durableTimeout = 10 * time.Second

// answerLater acknowledges when the durable receivers have the message. Beyond a few that wait, the socket's next events wait with
// them.
func (r *raw) answerLater(ctx context.Context, e *socketio.Event, receipt bus.Receipt) {
	wait := func() {
		ctx, cancel := context.WithTimeout(ctx, durableTimeout)
		defer cancel()
		r.surface.answer(e, receipt.Wait(ctx))
	}
	sub := subscriberOf(e.Socket())
	if sub.waiting.Add(1) > maxWaiting {
		defer sub.waiting.Add(-1)
		wait()
		return
	}
	go func() {
		defer sub.waiting.Add(-1)
		wait()
	}()
}

func (r *raw) messageOf(e *socketio.Event) (bus.Message, error) {
	m := bus.Message{
		Origin:    bus.Origin{Adapter: bus.FromSocketIO, Conn: e.Socket().ID()},
		Principal: principalOf(e.Socket()),
	}
	if len(e.Args) < 1 || len(e.Args) > 3 || e.Args[0].Decode(&m.Topic) != nil {
		return m, fault.New(fault.Invalid, "publish takes a topic, a payload and perhaps {qos, retain}")
	}
	args, err := argsOf(e)
	if err != nil {
		return m, err
	}
	if len(args) > 1 {
		if m.Payload, err = mapping.Auto.Decode(args[1:2]); err != nil {
			return m, fault.New(fault.Invalid, "payload: %w", err)
		}
	}
	if len(args) > 2 {
		var o struct {
			QoS    byte `json:"qos"`
			Retain bool `json:"retain"`
		}
		if err := e.Args[2].Decode(&o); err != nil {
			return m, fault.New(fault.Invalid, "the third argument of publish is {qos, retain}: qos 0, 1 or 2, retain true or false")
		}
		m.QoS, m.Retain = o.QoS, o.Retain
	}
	return m, nil
}
