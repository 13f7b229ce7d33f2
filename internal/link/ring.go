package link

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"gateway/internal/bus"
)

const (
	ringRecent   = 4096            // messages that a guard remembers
	ringWindow   = 2 * time.Second // how soon a message that goes round is back
	ringPeriod   = 5 * time.Second // in which so many have to come back
	ringCertain  = 20              // before a stranger is taken for the other end,
	ringLikely   = 3               // or what has a link's default client id
	ringLessons  = 2 * ringCertain // messages that the other end still gets back, so that it learns of the ring too
	ringTopics   = 10_000          // topics that the other end is known to bring
	inboundReply = ""              // whoever is at the other end of our own subscriptions
)

// rings notices that messages go round: the broker of this link belongs to a gateway that is linked to ours, or passes on to
// one that is. MQTT 3.1.1 carries nothing that would tell: it shows in one client, or our own subscriptions, bringing back
// much of what went out a moment ago.
type rings struct {
	seed maphash.Seed
	now  func() time.Time

	mu     sync.Mutex
	recent map[uint64]passed
	order  []uint64 // keys of recent, the oldest first
	backs  map[string]count
	peers  map[string]int  // what the other end is called, and the lessons it has had
	topics map[string]bool // local topics that peers bring
}

// passed is a message that was on the bus.
type passed struct {
	origin bus.Origin
	at     time.Time
}

// count is how many messages came back since a moment.
type count struct {
	n     int
	since time.Time
}

func newRings() *rings {
	return &rings{
		seed: maphash.MakeSeed(), now: time.Now, recent: map[uint64]passed{}, backs: map[string]count{},
		peers: map[string]int{}, topics: map[string]bool{},
	}
}

// fromBus notes a message of the bus. peer says that its sender is the other end of a ring, where
// the message has been before;
// found, that this was noticed just now.
func (r *rings) fromBus(m *bus.Message) (peer, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := r.key(m.Topic, m.Payload)
	if m.Origin.Adapter == bus.FromMQTT && !m.Trail.Foreign() { // what has a trail is known for certain
		_, found = r.back(m.Origin.Conn, key, m.Origin)
		if lessons, peer := r.peers[m.Origin.Conn]; peer {
			if len(r.topics) < ringTopics {
				r.topics[m.Topic] = true
			}
			r.peers[m.Origin.Conn]++
			r.note(key, m.Origin)
			return lessons >= ringLessons, found
		}
	}
	r.note(key, m.Origin)
	return false, found
}

// fromLink judges a message that the remote broker sends, before it is on the bus as one from origin. again says that the bus
// has it, or gets it from the other end of a ring anyway.
func (r *rings) fromLink(topic string, payload []byte, origin bus.Origin) (again, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	match, found := r.back(inboundReply, r.key(topic, payload), origin)
	_, mirror := r.peers[inboundReply]
	return r.topics[topic] || match && mirror, found
}

// back counts messages that come back by way of who. found is true once.
func (r *rings) back(who string, key uint64, origin bus.Origin) (match, found bool) {
	p, known := r.recent[key]
	match = known && p.origin != origin && r.now().Sub(p.at) < ringWindow
	if !match {
		return false, false
	}
	p.at = r.now()
	r.recent[key] = p
	if len(r.backs) > ringTopics {
		clear(r.backs)
	}
	c := r.backs[who]
	if p.at.Sub(c.since) > ringPeriod {
		c = count{since: p.at}
	}
	c.n++
	r.backs[who] = c
	enough := ringCertain
	if strings.HasPrefix(who, defaultClientID) {
		enough = ringLikely
	}
	if _, known := r.peers[who]; known || c.n < enough {
		return true, false
	}
	r.peers[who] = 0
	return true, true
}

func (r *rings) note(key uint64, origin bus.Origin) {
	if p, known := r.recent[key]; known {
		if r.now().Sub(p.at) > ringWindow {
			p.origin = origin
		}
		p.at = r.now()
		r.recent[key] = p
		return
	}
	if len(r.order) >= ringRecent {
		delete(r.recent, r.order[0])
		r.order = r.order[1:]
	}
	r.recent[key] = passed{origin, r.now()}
	r.order = append(r.order, key)
}

func (r *rings) key(topic string, payload []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(r.seed)
	_, _ = h.WriteString(topic)
	_ = h.WriteByte(0)
	_, _ = h.Write(payload)
	return h.Sum64()
}

// warnOfRing says once which of two links is too many.
func (l *Link) warnOfRing(client string) {
	l.ringWarning.Do(func() {
		l.log.Warn("this link and another go round in a ring: what comes back is not sent on; remove one of the two", "client", client)
	})
}
