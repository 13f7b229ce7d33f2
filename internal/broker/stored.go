package broker

import (
	"slices"

	"gateway/pkg/mapping"
)

// storedChange is how many retained messages go to the disk in one change.
const storedChange = 500

// storedRound queues the retained messages that a SUBSCRIBE brings. Those of a persistent session go to disk like any other
// message, some hundreds in a change, and SUBACK waits for that: the session has the subscription after a crash, and so it
// must have what came with it.
type storedRound struct {
	round
	waits []commit
}

// send queues the retained messages of one subscription. Their frames are shared by all who subscribe: the bus standing still
// is what makes that safe.
func (r *storedRound) send(sub *subscription) {
	r.b.greet(sub)
	for _, p := range r.b.retained.match(sub.match) {
		if !sub.session.mayRead(p.topic) {
			continue
		}
		r.p = p
		r.hand(sub.session, variant{qos: min(p.qos, sub.qos), retain: true, ids: sub.identifiers()}, true)
		if len(r.kept) >= storedChange {
			r.finish()
		}
	}
}

// finish hands over what goes to disk.
func (r *storedRound) finish() {
	if wait := r.round.finish(); wait != nil {
		r.waits = append(r.waits, wait)
	}
	r.kept = nil
}

// dropStored takes the retained messages of a filter out of the queue that were never sent: a client that subscribes to it
// anew gets them anew, and one that does so again and again does not pile them up.
func (s *session) dropStored(match string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(o *outgoing) bool {
		if !o.stored || o.id > 0 || o.dup || o.released || !mapping.MatchFilter(match, o.frame.topic()) {
			return false
		}
		s.done(o)
		return true
	})
}
