package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"gateway/internal/api"
	"gateway/internal/config"
	"gateway/internal/link"
)

// links are the links to other brokers: those of the config file, and those that people have made. They come and go while the
// gateway runs.
type links struct {
	g       *gateway
	editing sync.Mutex // one change at a time, over the end of the old link and the write to disk

	mu     sync.Mutex
	list   []*namedLink // in order of the file, then by name
	run    func(l *namedLink)
	closed bool
}

// namedLink is a link with what it was made from.
type namedLink struct {
	*link.Link
	name    string
	fixed   bool // of the config file
	config  link.Config
	changes uint64 // the revision

	bytes func() int64 // that wait on disk
	stop  context.CancelFunc
	done  chan struct{} // closed when it has stopped; nil before it runs
}

func (g *gateway) makeLinks() error {
	g.links = &links{g: g}
	for _, c := range g.config.Links {
		if err := g.links.add(&namedLink{name: c.Name, fixed: true, config: linkConfig(c)}); err != nil {
			return fmt.Errorf("link %q: %w", c.Name, err)
		}
	}
	if err := g.links.load(); err != nil {
		return err
	}
	return g.tellOrphans()
}

// all are the links of this moment.
func (l *links) all() []*namedLink {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

func (l *links) find(name string) *namedLink {
	for _, n := range l.all() {
		if n.name == name {
			return n
		}
	}
	return nil
}

// add makes the link, which queues from now on, and runs it when the others run.
func (l *links) add(n *namedLink) (err error) {
	o := link.Options{Outboxes: countedOutboxes{outboxes{l.g.store}, n}, Logger: l.g.log, Drop: l.g.dropFrom("link"), Changed: l.g.healthChanged}
	if n.Link, err = link.New(n.config, l.g.bus, o); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, n)
	slices.SortStableFunc(l.list, func(a, b *namedLink) int {
		switch {
		case a.fixed != b.fixed && a.fixed:
			return -1
		case a.fixed != b.fixed:
			return 1
		case a.fixed:
			return 0
		}
		return cmp.Compare(a.name, b.name)
	})
	if l.run != nil && !l.closed {
		l.run(n)
	}
	return nil
}

// countedOutboxes lets a link be asked how many bytes wait for it.
type countedOutboxes struct {
	outboxes
	of *namedLink
}

// Open opens an outbox.
func (o countedOutboxes) Open(name string, bounds link.Outbox, dropped func(n int, reason string)) (link.Queue, error) {
	q, err := o.outboxes.Open(name, bounds, dropped)
	if kept, ok := q.(outboxQueue); ok {
		o.of.bytes = kept.Bytes
	}
	return q, err
}

// end stops a link and forgets it. What waits in its outbox stays there.
func (l *links) end(n *namedLink) {
	if n.stop != nil {
		n.stop()
		<-n.done
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(other *namedLink) bool { return other == n })
}

// start runs all links, and those that come later, until ctx ends.
func (l *links) start(ctx context.Context, failed func(part string, err error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run = func(n *namedLink) {
		ctx, stop := context.WithCancel(ctx)
		n.stop, n.done = stop, make(chan struct{})
		l.g.background.Go(func() {
			defer close(n.done)
			failed("link "+n.name, n.Run(ctx))
		})
	}
	for _, n := range l.list {
		l.run(n)
	}
}

// close keeps later links from running.
func (l *links) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// tellOrphans warns of messages that wait for a link that is no more: they stay until it is back.
func (g *gateway) tellOrphans() error {
	left, err := outboxes{g.store}.orphans(func(name string) bool { return g.links.find(name) != nil })
	for name, n := range left {
		g.log.Warn("messages wait for a link that is not configured any more", "link", name, "messages", n)
	}
	return err
}

func linkConfig(c config.Link) link.Config {
	out := link.Config{
		Name: c.Name, URL: c.URL, Username: c.Username, PasswordFile: c.PasswordFile, ClientID: c.ClientID,
		CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile, StatusTopic: c.StatusTopic, Keepalive: c.Keepalive,
		Outbox: link.Outbox(c.Outbox),
	}
	for _, t := range c.Topics {
		out.Topics = append(out.Topics, link.Topic(t))
	}
	return out
}

// drainLinks returns when nothing waits for a broker that is connected.
func (g *gateway) drainLinks() {
	g.links.close()
	for _, l := range g.links.all() {
		for s := l.Stats(); s.State == link.Connected && s.Queued > 0; s = l.Stats() {
			time.Sleep(10 * time.Millisecond) // a link tells nobody when its outbox is empty
		}
	}
}

func (g *gateway) collectLinks(count counting, gauge gauging) {
	for _, l := range g.links.all() {
		s := l.Stats()
		up := 0.0
		if s.State == link.Connected {
			up = 1
		}
		gauge("gateway_link_up", "Whether the link's broker is connected.", up, "link", l.name)
		gauge("gateway_link_queued", "Messages that wait for the link's broker.", float64(s.Queued), "link", l.name)
		gauge("gateway_link_oldest_seconds", "Age of the oldest message that waits for the link's broker.", age(s.Oldest), "link", l.name)
		count("gateway_link_in_total", "Messages from the link's broker.", s.In, "link", l.name)
		count("gateway_link_out_total", "Messages to the link's broker.", s.Out, "link", l.name)
		count("gateway_link_dropped_total", "Messages that the link dropped.", s.Dropped, "link", l.name)
		count("gateway_link_dropped_qos0_total", "Of these, messages that were to go out with QoS 0.", s.DroppedQoS0, "link", l.name)
		count("gateway_link_reconnects_total", "Connections to the link's broker after the first.", s.Reconnects, "link", l.name)
	}
}

// age is how long ago t was, in seconds; 0 for no time at all.
func age(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(time.Since(t).Seconds(), 0)
}

// linkInfo adds the links to what the page shows.
func (g *gateway) linkInfo(i *api.Info) {
	for _, l := range g.links.all() {
		s := l.Stats()
		state := api.LinkInfo{Name: l.name, State: string(s.State), Queued: s.Queued, Reconnects: s.Reconnects, OldestS: age(s.Oldest)}
		if s.State != link.Connected && s.LastError != "" {
			state.Error = s.LastError
			i.Problems = append(i.Problems, fmt.Sprintf("link %s: %s", l.name, s.LastError))
		}
		i.Links = append(i.Links, state)
	}
}

// checkLinks is a part of health.
func (g *gateway) checkLinks() (list []api.Check) {
	for _, l := range g.links.all() {
		s := l.Stats()
		if s.State == link.Connected || s.State == link.Connecting && time.Since(s.Since) < 10*time.Second {
			continue
		}
		c := api.Check{
			ID: "link:" + l.name, State: api.StateBad, Title: fmt.Sprintf("link %s is down", l.name), Cause: s.LastError,
			Remedy: "test the link on its page: it says which step fails", Href: "links/" + l.name, Since: &s.Since,
		}
		if s.Queued > 0 {
			c.Title = fmt.Sprintf("link %s is down: %s messages wait, oldest %s", l.name, thousands(s.Queued), about(time.Since(s.Oldest)))
		}
		list = append(list, c)
	}
	return list
}
