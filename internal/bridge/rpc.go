package bridge

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// maxWaiting is how many calls may wait for one reply topic, the one in flight included.
const maxWaiting = 16

// replies knows which calls wait for an answer, by the topic that the answer comes on. Only the first of a topic is in flight:
// the answers carry nothing that would tell two apart.
type replies struct {
	waiting atomic.Int64 // calls in all queues: the hot path looks no further when there is none
	late    atomic.Uint64

	mu     sync.Mutex
	queues map[string][]*call
}

// call is one command whose sender waits for the device's answer.
type call struct {
	rule   *mapping.Compiled
	turn   chan struct{} // closed when the call is the first of its queue
	answer chan *bus.Message
	asked  bool // its command is on the bus; what came before is no answer to it. Guarded by replies.mu
}

func (r *replies) init() { r.queues = map[string][]*call{} }

// call sends a command when it is its turn and waits for the answer. When nothing else is in flight for the reply topic the
// command is published before call returns, so that commands of one socket keep their order.
func (b *Bridge) call(ctx context.Context, e Event, p mapping.Publication, done func(Reply, error)) {
	c := &call{rule: p.Rule, turn: make(chan struct{}), answer: make(chan *bus.Message, 1)}
	first, err := b.replies.enter(p.ReplyTopic, c)
	if err != nil {
		b.refuse(e, err)
		done(Reply{}, err)
		return
	}
	if first {
		err = b.ask(c, e, p)
	}
	go func() {
		defer b.replies.leave(p.ReplyTopic, c)
		if !first {
			err = b.publishInTurn(ctx, c, e, p)
		}
		reply := Reply{}
		if err == nil {
			reply, err = c.wait(ctx, p)
		}
		if err != nil {
			b.refuse(e, err)
		}
		done(reply, err)
	}()
}

func (b *Bridge) publishInTurn(ctx context.Context, c *call, e Event, p mapping.Publication) error {
	select {
	case <-c.turn:
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "the caller of %q left before it was its turn", p.Topic)
	}
	return b.ask(c, e, p)
}

// ask publishes the command of a call whose turn it is.
func (b *Bridge) ask(c *call, e Event, p mapping.Publication) error {
	b.replies.mu.Lock()
	c.asked = true
	b.replies.mu.Unlock()
	_, err := b.publish(e, p)
	return err
}

func (c *call) wait(ctx context.Context, p mapping.Publication) (Reply, error) {
	timer := time.NewTimer(c.rule.RPCTimeout())
	defer timer.Stop()
	select {
	case m := <-c.answer:
		return Reply{Topic: m.Topic, Payload: m.Payload, Answered: true}, nil
	case <-timer.C:
		return Reply{}, fault.New(fault.Timeout, "no answer on %q within %s", p.ReplyTopic, c.rule.RPCTimeout())
	case <-ctx.Done():
		return Reply{}, fault.New(fault.Unavailable, "the caller of %q left before the answer came", p.Topic)
	}
}

// enter queues a call and tells whether it is the first.
func (r *replies) enter(topic string, c *call) (first bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[topic]
	if len(q) >= maxWaiting {
		return false, fault.New(fault.RateLimited, "%d calls already wait for an answer on %q", len(q), topic)
	}
	r.queues[topic] = append(q, c)
	r.waiting.Add(1)
	return len(q) == 0, nil
}

// leave takes a call out and gives the next its turn.
func (r *replies) leave(topic string, c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[topic]
	r.waiting.Add(-1)
	if len(q) == 1 {
		delete(r.queues, topic)
		return
	}
	wasFirst := q[0] == c
	for i := range q {
		if q[i] == c {
			q = append(q[:i:i], q[i+1:]...)
			break
		}
	}
	r.queues[topic] = q
	if wasFirst {
		close(q[0].turn)
	}
}

// offer hands a message to the call that waits for it, if one does.
func (r *replies) offer(m *bus.Message) {
	if r.waiting.Load() == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[m.Topic]
	if len(q) == 0 {
		return
	}
	if !q[0].asked {
		r.late.Add(1) // it answers the one before, which has given up
		return
	}
	in := mapping.Input{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}
	if ok, err := q[0].rule.RPCMatch(in); !ok || err != nil {
		return
	}
	select {
	case q[0].answer <- m:
	default:
		r.late.Add(1) // answered already; the caller has not gone yet
	}
}
