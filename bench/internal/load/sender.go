package load

import (
	"fmt"
	"time"

	"gateway/bench/internal/mqtt"
	"gateway/bench/internal/sio"
	"gateway/bench/internal/stamp"
)

// publisher publishes over MQTT, topic after topic.
type publisher struct {
	client  *mqtt.Client
	topics  []string
	size    int
	seq     int64
	payload []byte
	batch   []byte
}

func newPublisher(c *mqtt.Client, topics, size int) *publisher {
	p := &publisher{client: c, size: size}
	for i := range topics {
		p.topics = append(p.topics, topicName("bench", i))
	}
	return p
}

func (p *publisher) deadline(at time.Time) error { return p.client.SetWriteDeadline(at) }

func topicName(root string, i int) string { return fmt.Sprintf("%s/%d", root, i) }

func (p *publisher) send(n int) error {
	p.batch = p.batch[:0]
	for range n {
		i := int(p.seq % int64(len(p.topics)))
		p.seq++
		st := stamp.Stamp{At: time.Now().UnixNano(), Seq: p.seq, Topic: i}
		p.payload = stamp.AppendPayload(p.payload[:0], st, p.size)
		p.batch = mqtt.AppendPublish(p.batch, p.topics[i], p.payload)
	}
	return p.client.Write(p.batch)
}

// emitter has socket.io clients emit publish events, client after client, each to a topic of its own.
type emitter struct {
	clients []*sio.Client
	topics  []string
	batches [][]byte
	size    int
	seq     int64
	payload []byte
}

func newEmitter(clients []*sio.Client, size int) *emitter {
	e := &emitter{clients: clients, batches: make([][]byte, len(clients)), size: size}
	for i := range clients {
		e.topics = append(e.topics, topicName("up", i))
	}
	return e
}

func (e *emitter) send(n int) error {
	for range n {
		i := int(e.seq % int64(len(e.clients)))
		e.seq++
		st := stamp.Stamp{At: time.Now().UnixNano(), Seq: e.seq, Topic: i}
		e.payload = stamp.AppendPayload(e.payload[:0], st, e.size)
		e.batches[i] = e.clients[i].AppendEvent(e.batches[i], "publish", e.topics[i], string(e.payload))
	}
	return e.flush()
}

func (e *emitter) deadline(at time.Time) error {
	for _, c := range e.clients {
		if err := c.SetWriteDeadline(at); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what each client has with one write.
func (e *emitter) flush() error {
	for i, b := range e.batches {
		if len(b) == 0 {
			continue
		}
		if err := e.clients[i].Write(b); err != nil {
			return fmt.Errorf("client %d: %w", i, err)
		}
		e.batches[i] = b[:0]
	}
	return nil
}
