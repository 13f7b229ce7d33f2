package app

import (
	"fmt"
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
	for _, c := range g.config.Links {
		l, err := link.New(linkConfig(c), g.bus, g.log, g.dropFrom("link"))
		if err != nil {
			return fmt.Errorf("link %q: %w", c.Name, err)
		}
		g.links = append(g.links, namedLink{l, c.Name})
	}
	return nil
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
		count("gateway_link_in_total", "Messages from the link's broker.", s.In, "link", l.name)
		count("gateway_link_out_total", "Messages to the link's broker.", s.Out, "link", l.name)
		count("gateway_link_dropped_total", "Messages that the link dropped.", s.Dropped, "link", l.name)
	}
}

// linkInfo adds the links to what the page shows.
func (g *gateway) linkInfo(i *api.Info) {
	for _, l := range g.links {
		s := l.Stats()
		state := api.Link{Name: l.name, State: string(s.State)}
		if s.State != link.Connected && s.LastError != "" {
			state.Error = s.LastError
			i.Problems = append(i.Problems, fmt.Sprintf("link %s: %s", l.name, s.LastError))
		}
		i.Links = append(i.Links, state)
	}
}
