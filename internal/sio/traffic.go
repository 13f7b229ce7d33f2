package sio

import (
	"context"
	"strings"
	"sync"
	"time"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
	"gateway/pkg/socketio"
)

const (
	trafficTick    = 100 * time.Millisecond
	trafficRate    = 200  // messages a second that a page gets when it does not say
	trafficMaxRate = 1000 // and at most
	trafficLate    = 2 * time.Second
	maxText        = 256 // bytes of the text that is looked for
)

// traffic shows pages the messages of the bus. It reads them out of the traffic ring at its own pace, so that publishing
// costs the same whether somebody watches or not.
type traffic struct {
	surface *Surface

	mu       sync.Mutex
	watching map[*socketio.Socket]*watch
	running  bool
	next     uint64    // the first sequence number that was not looked at
	stuck    time.Time // since when that one is missing; zero when it is not
}

// watch is what one page wants to see.
type watch struct {
	filter string
	text   string // in lower case; empty for everything
	most   int    // messages in one batch
	missed int    // that did not reach the page since the last batch
}

// batch is the event `traffic`.
type batch struct {
	Items   []trace.Message `json:"items"`
	Missed  int             `json:"missed"`  // messages that match, but are not among the items
	Sampled bool            `json:"sampled"` // some are missing because the page asked for no more a second
}

func newTraffic(s *Surface) *traffic {
	return &traffic{surface: s, watching: map[*socketio.Socket]*watch{}}
}

// watch({filter?, text?, max_per_s?}, ack) begins to show messages, or changes which.
func (t *traffic) watch(_ context.Context, e *socketio.Event) {
	w, err := watchOf(e)
	if err == nil {
		err = e.Socket().Data().(*console).pace.take()
	}
	t.surface.answer(e, err)
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !e.Socket().Connected() {
		return
	}
	t.watching[e.Socket()] = w
	if !t.running {
		t.running, t.next = true, t.surface.bus.Seq()+1
		go t.run()
	}
}

func watchOf(e *socketio.Event) (*watch, error) {
	o := struct {
		Filter string `json:"filter"`
		Text   string `json:"text"`
		Max    int    `json:"max_per_s"`
	}{Filter: "#", Max: trafficRate}
	if len(e.Args) > 1 || len(e.Args) == 1 && e.Args[0].Decode(&o) != nil {
		return nil, fault.New(fault.Invalid, "watch takes {filter, text, max_per_s}")
	}
	if o.Filter == "" {
		o.Filter = "#"
	}
	if err := mapping.ValidFilter(o.Filter); err != nil {
		return nil, fault.New(fault.Invalid, "filter: %w", err)
	}
	if len(o.Filter) > maxFilter || len(o.Text) > maxText {
		return nil, fault.New(fault.TooLarge, "a filter may have %d bytes, a text %d", maxFilter, maxText)
	}
	perBatch := min(max(o.Max, 10), trafficMaxRate) * int(trafficTick) / int(time.Second)
	return &watch{filter: o.Filter, text: strings.ToLower(o.Text), most: perBatch}, nil
}

func (t *traffic) unwatch(_ context.Context, e *socketio.Event) {
	t.forget(e.Socket())
	t.surface.answer(e, nil)
}

func (t *traffic) forget(sock *socketio.Socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.watching, sock)
}

// run ends when nobody watches any more.
func (t *traffic) run() {
	ticker := time.NewTicker(trafficTick)
	defer ticker.Stop()
	for now := range ticker.C {
		if !t.tick(now) {
			return
		}
	}
}

func (t *traffic) tick(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.watching) == 0 {
		t.running = false
		return false
	}
	news, lost := t.read(now)
	for sock, w := range t.watching {
		w.missed += lost
		w.send(sock, news)
	}
	return true
}

// read returns the messages since the last time, and how many were overwritten before they could be read. One that is just
// being published is waited for.
func (t *traffic) read(now time.Time) (news []*bus.Recorded, lost int) {
	last := t.surface.bus.Seq()
	if oldest := last - min(last, uint64(t.surface.bus.RingSize())) + 1; t.next < oldest {
		lost, t.next = int(oldest-t.next), oldest
	}
	for _, m := range t.surface.bus.Recorded(t.next, last) {
		if m.Seq > t.next && !t.late(now) {
			return news, lost
		}
		t.stuck = time.Time{}
		t.next = m.Seq + 1
		news = append(news, m)
	}
	return news, lost
}

// late reports whether the next message has been missing for so long that it is not waited for any more.
func (t *traffic) late(now time.Time) bool {
	if t.stuck.IsZero() {
		t.stuck = now
	}
	return now.Sub(t.stuck) > trafficLate
}

// send gives a page what it wants to see of the news. When that is more than it asked for, it gets some from all over them.
func (w *watch) send(sock *socketio.Socket, news []*bus.Recorded) {
	p := principalOf(sock)
	var mine []*bus.Recorded
	for _, m := range news {
		if m.Matches(w.filter, w.text) && m.ReadableBy(p) {
			mine = append(mine, m)
		}
	}
	shown := sample(mine, w.most)
	w.missed += len(mine) - len(shown)
	if len(mine) == 0 && w.missed == 0 {
		return
	}
	b := batch{Items: make([]trace.Message, len(shown)), Missed: w.missed, Sampled: len(shown) < len(mine)}
	for i, m := range shown {
		b.Items[i] = m.View()
	}
	w.missed = 0
	if n, err := sock.Namespace().To(sock.ID()).Volatile().Emit("traffic", b); n == 0 || err != nil {
		w.missed = b.Missed + len(shown) // the page is behind
	}
}

// sample picks at most n, evenly, the newest among them.
func sample(all []*bus.Recorded, n int) []*bus.Recorded {
	if len(all) <= n {
		return all
	}
	out := make([]*bus.Recorded, n)
	for i := range out {
		out[i] = all[(i+1)*len(all)/n-1]
	}
	return out
}
