package broker

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gateway/pkg/mapping"
)

// subscription is one filter of one session.
type subscription struct {
	session *session
	filter  string // as subscribed, with $share
	match   string // without
	group   string // $share group and filter, "" for none
	qos     byte
	noLocal bool
	retain  bool // retain as published
	id      int  // MQTT 5 subscription identifier, 0 for none
}

// routes finds the subscriptions that a topic matches.
type routes struct {
	mu   sync.RWMutex
	tree mapping.FilterTree[*subscription]
	turn atomic.Uint32 // which member of a shared group is next
}

// replace adds a subscription in the place of an older one of the same filter, nil for none.
func (r *routes) replace(old, s *subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old != nil {
		r.tree.Remove(old.match, old)
	}
	r.tree.Add(s.match, s)
}

func (r *routes) remove(s *subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tree.Remove(s.match, s)
}

func (r *routes) len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tree.Len()
}

// match appends to dst the subscriptions that get a message of topic: one member of each shared group, all others.
func (r *routes) match(dst []*subscription, topic string) []*subscription {
	r.mu.RLock()
	dst = r.tree.Match(dst, topic)
	r.mu.RUnlock()
	shared := false
	for _, s := range dst {
		shared = shared || s.group != ""
	}
	if !shared {
		return dst
	}
	return r.chooseShared(dst)
}

// chooseShared leaves one member of each group: the next in turn that is online, or else the next.
func (r *routes) chooseShared(all []*subscription) []*subscription {
	groups := map[string][]*subscription{}
	kept := all[:0]
	for _, s := range all {
		if s.group == "" {
			kept = append(kept, s)
			continue
		}
		groups[s.group] = append(groups[s.group], s)
	}
	turn := int(r.turn.Add(1))
	for _, members := range groups {
		slices.SortFunc(members, func(a, b *subscription) int { return strings.Compare(a.session.id, b.session.id) })
		chosen := members[turn%len(members)]
		for i := range members {
			if m := members[(turn+i)%len(members)]; m.session.online() {
				chosen = m
				break
			}
		}
		kept = append(kept, chosen)
	}
	return kept
}

// splitShare returns the filter to match, and the group of a shared subscription.
func splitShare(filter string) (match, group string) {
	rest, shared := strings.CutPrefix(filter, "$share/")
	if !shared {
		return filter, ""
	}
	if _, match, ok := strings.Cut(rest, "/"); ok {
		return match, filter
	}
	return "", filter
}
