package app

import (
	"fmt"
	"slices"
	"time"

	"gateway/internal/api"
	"gateway/internal/config"
	"gateway/internal/link"
)

type namedLink struct {
	*link.Link
	name string
}

func (g *gateway) makeLinks() error {
	o := link.Options{Outboxes: outboxes{g.store}, Logger: g.log, Drop: g.dropFrom("link")}
	for _, c := range g.config.Links {
		l, err := link.New(linkConfig(c), g.bus, o)
		if err != nil {
			return fmt.Errorf("link %q: %w", c.Name, err)
		}
		g.links = append(g.links, namedLink{l, c.Name})
	}
	return g.tellOrphans()
}

// tellOrphans warns of messages that wait for a link which the configuration no longer has: they stay until it is back.
func (g *gateway) tellOrphans() error {
	left, err := outboxes{g.store}.orphans(func(name string) bool {
		return slices.ContainsFunc(g.config.Links, func(c config.Link) bool { return c.Name == name })
	})
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
	for _, l := range g.links {
		for s := l.Stats(); s.State == link.Connected && s.Queued > 0; s = l.Stats() {
			time.Sleep(10 * time.Millisecond) // a link tells nobody when its outbox is empty
		}
	}
}

func (g *gateway) collectLinks(count counting, gauge gauging) {
	for _, l := range g.links {
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
	for _, l := range g.links {
		s := l.Stats()
		state := api.LinkInfo{Name: l.name, State: string(s.State), Queued: s.Queued, Reconnects: s.Reconnects}
		if !s.Oldest.IsZero() {
			state.OldestS = time.Since(s.Oldest).Seconds()
		}
		if s.State != link.Connected && s.LastError != "" {
			state.Error = s.LastError
			i.Problems = append(i.Problems, fmt.Sprintf("link %s: %s", l.name, s.LastError))
		}
		i.Links = append(i.Links, state)
	}
}
