package bridge

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// maxWaiting is how many calls may wait for one reply topic, the one in flight included.
const maxWaiting = 16

// maxCorrelating bounds the reply topics whose devices are known to speak MQTT 5.
const maxCorrelating = 4096

// replies knows which calls wait for an answer, by the topic that the answer comes on. Every command says what its answer has
// to carry, as MQTT 5 has it. Only the first call of a topic is in flight until an answer comes that does: then the device
// speaks MQTT 5, and its calls need not wait for each other. From then on what carries nothing is no answer, until a call
// gets none.
type replies struct {
	waiting atomic.Int64 // calls in all queues: the hot path looks no further when there is none
	late    atomic.Uint64
	run     [4]byte // tells our correlation data from those of others, and of earlier runs
	next    atomic.Uint64

	mu          sync.Mutex
	queues      map[string][]*call
	correlating map[string]struct{} // reply topics
}

// call is one command whose sender waits for the device's answer.
type call struct {
	rule        *mapping.Compiled
	correlation []byte
	turn        chan struct{} // closed when the call is the first of its queue, or need not be
	answer      chan *bus.Message
	seq         uint64 // of its command; 0 while that is not published

	// Guarded by replies.mu.
	started  bool // turn is closed
	answered bool
	asked    bool // its command is on the bus; what came before is no answer to it
}

func (r *replies) init() {
	r.queues, r.correlating = map[string][]*call{}, map[string]struct{}{}
	_, _ = rand.Read(r.run[:]) // never fails
}

// correlation makes what the answer to one command has to carry.
func (r *replies) correlation() []byte {
	return binary.BigEndian.AppendUint64(r.run[:len(r.run):len(r.run)], r.next.Add(1))
}

// ours reports whether correlation data were made by this run.
func (r *replies) ours(correlation []byte) bool {
	return len(correlation) == len(r.run)+8 && bytes.HasPrefix(correlation, r.run[:])
}

// call sends a command when it is its turn and waits for the answer. When nothing else is in flight for the reply topic the
// command is published before call returns, so that commands of one socket keep their order.
func (b *Bridge) call(ctx context.Context, e Event, p mapping.Publication, done func(Reply, error)) {
	c := &call{
		rule: p.Rule, correlation: b.replies.correlation(), turn: make(chan struct{}), answer: make(chan *bus.Message, 1),
	}
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
		b.noteAnswer(c.seq, err)
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
	m := b.messageOf(e, p)
	m.ResponseTopic, m.Correlation = p.ReplyTopic, c.correlation
	// A device that was away must not carry out hours later what nobody waits for any more.
	m.Expiry = uint32(max(1, c.rule.RPCTimeout()/time.Second))
	receipt, err := b.bus.Publish(m)
	c.seq = receipt.Seq
	if err == nil && receipt.Heard == 0 && len(c.answer) == 0 {
		err = offline(m.Topic, receipt)
	}
	return err
}

// offline says that nobody can answer, and who will find the command if he comes back in time.
func offline(topic string, r bus.Receipt) error {
	switch {
	case r.Waiting == 0:
		return fault.New(fault.Offline, "nobody is connected who listens to %q", topic)
	case r.Waiting == 1:
		return fault.New(fault.Offline, "nobody is connected who listens to %q; it waits on disk for %s", topic, r.WaitsFor)
	}
	return fault.New(fault.Offline, "nobody is connected who listens to %q; it waits on disk for %s and %d more",
		topic, r.WaitsFor, r.Waiting-1)
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

// enter queues a call and tells whether it may start.
func (r *replies) enter(topic string, c *call) (start bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[topic]
	if len(q) >= maxWaiting {
		return false, fault.New(fault.RateLimited, "%d calls already wait for an answer on %q", len(q), topic)
	}
	r.queues[topic] = append(q, c)
	r.waiting.Add(1)
	if _, ok := r.correlating[topic]; ok || len(q) == 0 {
		c.start()
	}
	return c.started, nil
}

// start lets a call go ahead.
func (c *call) start() {
	if !c.started {
		c.started = true
		close(c.turn)
	}
}

// leave takes a call out and gives the next its turn.
func (r *replies) leave(topic string, c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting.Add(-1)
	if !c.answered {
		delete(r.correlating, topic) // another device may be there now
	}
	q := slices.DeleteFunc(r.queues[topic], func(other *call) bool { return other == c })
	if len(q) == 0 {
		delete(r.queues, topic)
		return
	}
	r.queues[topic] = q
	q[0].start()
}

// offer hands a message to the call that waits for it, if one does.
func (r *replies) offer(m *bus.Message) {
	if len(m.Correlation) > 0 {
		r.offerCorrelated(m)
		return
	}
	if r.waiting.Load() == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[m.Topic]
	if _, ok := r.correlating[m.Topic]; ok || len(q) == 0 {
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
	r.give(q[0], m)
}

// offerCorrelated hands over an answer that says which command it is for. One without a call is late; the command itself,
// which carries the same, and what others correlate is neither.
func (r *replies) offerCorrelated(m *bus.Message) {
	if !r.ours(m.Correlation) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[m.Topic]
	i := slices.IndexFunc(q, func(c *call) bool { return bytes.Equal(c.correlation, m.Correlation) })
	if i < 0 {
		if m.ResponseTopic == "" {
			r.late.Add(1)
		}
		return
	}
	r.give(q[i], m)
	if len(r.correlating) >= maxCorrelating {
		clear(r.correlating)
	}
	r.correlating[m.Topic] = struct{}{}
	for _, c := range q {
		c.start()
	}
}

// give answers a call, once.
func (r *replies) give(c *call, m *bus.Message) {
	if c.answered {
		r.late.Add(1) // the caller has not gone yet
		return
	}
	c.answered = true
	c.answer <- m // has room for one
}

// Late returns how many answers came when nobody waited for them any more.
func (b *Bridge) Late() uint64 { return b.replies.late.Load() }
