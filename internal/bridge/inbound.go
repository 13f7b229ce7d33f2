package bridge

import (
	"context"
	"errors"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// Event is one socket.io event on its way to the bus.
type Event struct {
	Namespace string
	Name      string
	Args      []mapping.Arg
	Principal *access.Principal
	Socket    string // id, so that the event is not echoed to it
}

// Reply is what the sender of an event is told when all went well. Topic and Payload are set when a device answered.
type Reply struct {
	Topic    string
	Payload  []byte
	Answered bool
}

// durableTimeout bounds how long a publisher waits for a disk.
const durableTimeout = 10 * time.Second

// Inbound publishes an event the way the rules of its namespace say. It returns once the bus has it; done is called exactly
// once, maybe later and from another goroutine, when every rule is through: the durable receivers have the message, and a
// device has answered where a rule waits for one. Its error, a *fault.Error, is the first one of any rule.
func (b *Bridge) Inbound(ctx context.Context, e Event, done func(Reply, error)) {
	publications, err := b.Table().Inbound(e.Namespace, e.Name, mapping.Client{ID: e.Principal.ID}, e.Args)
	if err == nil && len(publications) == 0 {
		err = fault.New(fault.Invalid, "no mapping takes the event %q in the namespace %q", e.Name, e.Namespace)
	}
	if err != nil {
		b.refuse(e, err)
		err = asFault(err)
	}
	if err == nil && len(publications) == 1 && publications[0].ReplyTopic != "" {
		b.call(ctx, e, publications[0], done)
		return
	}
	receipts, refused := b.publishAll(e, publications) // a rule that cannot take the event does not stop the others
	if err == nil {
		err = refused
	}
	finish(ctx, receipts, err, done)
}

// publishAll publishes every rule's message, and goes on after one is refused: the rules do not depend on each other.
func (b *Bridge) publishAll(e Event, publications []mapping.Publication) (receipts []bus.Receipt, first error) {
	for _, p := range publications {
		receipt, err := b.publish(e, p)
		if err != nil {
			b.refuse(e, err)
			first = errors.Join(first, err)
			continue
		}
		receipts = append(receipts, receipt)
	}
	return receipts, first
}

func (b *Bridge) publish(e Event, p mapping.Publication) (bus.Receipt, error) {
	return b.bus.Publish(b.messageOf(e, p))
}

// messageOf is the message that a rule makes of an event; it counts.
func (b *Bridge) messageOf(e Event, p mapping.Publication) bus.Message {
	if c := (*b.stats.Load())[p.Rule.Name()]; c != nil {
		c.in.Add(1)
	}
	return bus.Message{
		Topic: p.Topic, Payload: p.Payload, QoS: p.QoS, Retain: p.Retain,
		Command:   !p.Rule.Replays() || p.Rule.Spec().RPC != nil,
		Origin:    bus.Origin{Adapter: bus.FromSocketIO, Conn: e.Socket, Rule: p.Rule.Name()},
		Principal: e.Principal,
	}
}

func finish(ctx context.Context, receipts []bus.Receipt, err error, done func(Reply, error)) {
	if err != nil || !anyDurable(receipts) {
		done(Reply{}, err)
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(ctx, durableTimeout)
		defer cancel()
		for _, r := range receipts {
			err = errors.Join(err, r.Wait(ctx))
		}
		done(Reply{}, err)
	}()
}

func anyDurable(receipts []bus.Receipt) bool {
	for _, r := range receipts {
		if r.Durable() {
			return true
		}
	}
	return false
}

func (b *Bridge) refuse(e Event, err error) {
	b.drops.Add(trace.Key{Where: "socketio", Reason: string(fault.CodeOf(asFault(err)))}, e.Principal.ID+" "+e.Namespace, err.Error())
}

// asFault gives what pkg/mapping says a code that edges know.
func asFault(err error) error {
	var in *mapping.InboundError
	if errors.As(err, &in) {
		return fault.New(fault.Code(in.Code), "%s", in.Message)
	}
	return err
}
