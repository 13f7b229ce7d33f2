package sio

import (
	"sync"
	"time"
)

// What may be connected without having said who it is, at a time.
const (
	lobbyTime    = 45 * time.Second // after which pkg/socketio closes a connection that is in no namespace
	lobbySize    = 1000
	lobbyPerHost = 250 // so that one host cannot keep all others out
)

// visitor is a connection from its handshake on. The zero visitor is known already.
type visitor struct {
	host  string
	until time.Time
}

// lobby bounds the connections of which nobody knows yet who is behind them.
type lobby struct {
	mu      sync.Mutex
	inside  map[*visitor]struct{}
	perHost map[string]int
}

// enter returns nil when there is no room.
func (l *lobby) enter(host string) *visitor {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if len(l.inside) >= lobbySize || l.perHost[host] >= lobbyPerHost {
		l.sweep(now)
	}
	if len(l.inside) >= lobbySize || l.perHost[host] >= lobbyPerHost {
		return nil
	}
	if l.inside == nil {
		l.inside, l.perHost = map[*visitor]struct{}{}, map[string]int{}
	}
	v := &visitor{host, now.Add(lobbyTime)}
	l.inside[v] = struct{}{}
	l.perHost[host]++
	return v
}

// leave is for a visitor that has said who it is.
func (l *lobby) leave(v *visitor) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(v)
}

// sweep forgets those that have been closed by now.
func (l *lobby) sweep(now time.Time) {
	for v := range l.inside {
		if now.After(v.until) {
			l.remove(v)
		}
	}
}

func (l *lobby) remove(v *visitor) {
	if _, in := l.inside[v]; !in {
		return
	}
	delete(l.inside, v)
	if l.perHost[v.host]--; l.perHost[v.host] == 0 {
		delete(l.perHost, v.host)
	}
}
