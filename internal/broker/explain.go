package broker

import (
	"slices"

	"gateway/internal/access"
	"gateway/pkg/mapping"
)

// Reader is what a client has to do with one topic.
type Reader struct {
	ClientInfo
	Who     *access.Principal
	MayRead bool
	Filters []string // its subscriptions that match the topic, sorted
}

// Readers returns the clients that match picks, connected or with a session that is kept, as far as one topic concerns them.
func (b *Broker) Readers(topic string, match func(clientID string, p *access.Principal) bool) []Reader {
	b.mu.RLock()
	var picked []*session
	for _, s := range b.sessions {
		if match(s.id, s.who.Load().principal) {
			picked = append(picked, s)
		}
	}
	b.mu.RUnlock()
	readers := make([]Reader, len(picked))
	for i, s := range picked {
		readers[i] = Reader{s.info(), s.who.Load().principal, s.mayRead(topic), s.filtersFor(topic)}
	}
	return readers
}

func (s *session) filtersFor(topic string) (filters []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for filter, sub := range s.subs {
		if mapping.MatchFilter(sub.match, topic) {
			filters = append(filters, filter)
		}
	}
	slices.Sort(filters)
	return filters
}
