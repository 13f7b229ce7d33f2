package link

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	echoesPerTopic = 256
	echoTopics     = 10_000
	echoAge        = 10 * time.Minute // an echo that has not come by then will not
)

// echoes recognises messages that come back. An MQTT 3.1.1 broker sends a subscriber what it published itself, and nothing in
// the message says so: what was sent is remembered by topic and payload, first in, first out.
type echoes struct {
	seed maphash.Seed
	now  func() time.Time

	mu     sync.Mutex
	topics map[string][]echo
}

type echo struct {
	payload uint64
	at      time.Time
}

func newEchoes() *echoes {
	return &echoes{seed: maphash.MakeSeed(), now: time.Now, topics: map[string][]echo{}}
}

// expect remembers that a message was sent.
func (e *echoes) expect(topic string, payload []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	list, known := e.topics[topic]
	if !known && len(e.topics) >= echoTopics {
		e.forgetOld()
	}
	if len(list) >= echoesPerTopic {
		list = list[1:]
	}
	e.topics[topic] = append(list, echo{maphash.Bytes(e.seed, payload), e.now()})
}

// is reports whether a message is one of ours that comes back, and takes it off. Those sent before it on that topic are taken
// off as well: a broker keeps the order, so they were lost.
func (e *echoes) is(topic string, payload []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	hash, oldest := maphash.Bytes(e.seed, payload), e.now().Add(-echoAge)
	list := e.topics[topic]
	for i, sent := range list {
		if sent.payload == hash && sent.at.After(oldest) {
			e.keep(topic, list[i+1:])
			return true
		}
	}
	return false
}

// unexpect takes back the newest expectation of a topic: the message was not sent after all.
func (e *echoes) unexpect(topic string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if list := e.topics[topic]; len(list) > 0 {
		e.keep(topic, list[:len(list)-1])
	}
}

func (e *echoes) keep(topic string, list []echo) {
	if len(list) == 0 {
		delete(e.topics, topic)
		return
	}
	e.topics[topic] = list
}

// forgetOld makes room: topics whose newest echo is overdue, or failing that any topic.
func (e *echoes) forgetOld() {
	oldest := e.now().Add(-echoAge)
	for topic, list := range e.topics {
		if list[len(list)-1].at.Before(oldest) {
			delete(e.topics, topic)
		}
	}
	for topic := range e.topics {
		if len(e.topics) < echoTopics {
			return
		}
		delete(e.topics, topic)
	}
}
