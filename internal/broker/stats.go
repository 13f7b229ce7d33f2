package broker

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

type counters struct {
	connected, in, out, bytesOut, dropped atomic.Uint64
}

// Stats are the broker's counters since the start, and its present state.
type Stats struct {
	Connections      int    // connected now
	ConnectionsTotal uint64 // ever accepted
	Sessions         int    // connected or kept
	Subscriptions    int
	MessagesIn       uint64 // taken from clients
	MessagesOut      uint64 // sent to clients, each copy
	Dropped          uint64 // everything refused or dropped, as told to Options.Drop
	BytesIn          uint64
	BytesOut         uint64
	Retained         int
	Queued           int // QoS 1 and 2 messages that clients have not acknowledged
}

// Stats returns the counters.
func (b *Broker) Stats() Stats {
	s := Stats{
		ConnectionsTotal: b.count.connected.Load(), MessagesIn: b.count.in.Load(), MessagesOut: b.count.out.Load(),
		Dropped: b.count.dropped.Load(), BytesOut: b.count.bytesOut.Load(), Subscriptions: b.routes.len(),
		BytesIn: uint64(atomic.LoadInt64(&b.server.Info.BytesReceived)), Retained: b.retained.len(),
	}
	for _, c := range b.Clients() {
		s.Sessions++
		s.Queued += c.Queued
		if c.Connected {
			s.Connections++
		}
	}
	return s
}

// ClientInfo describes one client, connected or with a session that is kept.
type ClientInfo struct {
	ID            string
	Principal     string // kind and id
	Connected     bool
	Remote        string // host:port, "" while offline
	Listener      string
	Since         time.Time // of the newest connection
	Version       int       // MQTT protocol level: 3, 4 or 5
	Subscriptions int
	Queued        int // messages it has not acknowledged
}

// Clients lists the clients by id.
func (b *Broker) Clients() []ClientInfo {
	b.mu.RLock()
	all := make([]ClientInfo, 0, len(b.sessions))
	for _, s := range b.sessions {
		all = append(all, s.info())
	}
	b.mu.RUnlock()
	slices.SortFunc(all, func(x, y ClientInfo) int { return cmp.Compare(x.ID, y.ID) })
	return all
}

func (s *session) info() ClientInfo {
	who := s.who.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := ClientInfo{
		ID: s.id, Principal: string(who.principal.Kind) + " " + who.principal.ID, Version: int(who.version),
		Subscriptions: len(s.subs), Queued: len(s.waiting) + len(s.inflight), Since: s.since,
	}
	if s.conn != nil {
		i.Connected, i.Remote, i.Listener = true, s.conn.RemoteAddr().String(), s.conn.listener
	}
	return i
}
