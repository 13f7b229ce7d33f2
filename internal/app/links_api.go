package app

import (
	"fmt"
	"time"

	"gateway/internal/api"
	"gateway/internal/link"
)

// Links implements [api.LinkService].
func (l *links) Links() []api.Link {
	list := []api.Link{}
	for _, n := range l.all() {
		list = append(list, n.api())
	}
	return list
}

func (n *namedLink) revision() string { return fmt.Sprint(n.changes) }

func (n *namedLink) api() api.Link {
	s := n.Stats()
	out := api.Link{
		Name: n.name, Origin: "ui", Config: n.apiConfig(), State: apiState(s.State), Since: &s.Since, Error: s.LastError,
		Queued: s.Queued, QueuedBytes: n.bytes(), OldestS: age(s.Oldest), Reconnects: s.Reconnects, In: s.In, Out: s.Out, Dropped: s.Dropped, Revision: n.revision(),
	}
	if n.fixed {
		out.Origin = "file"
	}
	return out
}

func apiState(s link.State) string {
	switch s {
	case link.Connected:
		return "up"
	case link.Connecting:
		return "connecting"
	case link.Failed:
		return "down"
	}
	return "off"
}

// apiConfig is the link's configuration without its secrets.
func (n *namedLink) apiConfig() api.LinkConfig {
	c := n.config
	out := api.LinkConfig{
		Name: c.Name, URL: c.URL, Username: c.Username, PasswordSet: c.Password != "" || c.PasswordFile != "", ClientID: c.ClientID,
		CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile, StatusTopic: c.StatusTopic, Topics: []api.LinkTopic{},
	}
	if c.Keepalive > 0 {
		out.Keepalive = c.Keepalive.String()
	}
	for _, t := range c.Topics {
		out.Topics = append(out.Topics, api.LinkTopic{
			Filter: t.Filter, Direction: t.Direction, QoS: int(t.QoS), LocalPrefix: t.LocalPrefix, RemotePrefix: t.RemotePrefix,
		})
	}
	if o := c.Outbox; o != (link.Outbox{}) {
		out.Outbox = &api.LinkOutbox{MaxMessages: o.MaxMessages, MaxBytes: o.MaxBytes, Full: o.Full}
		if o.MaxAge > 0 {
			out.Outbox.MaxAge = o.MaxAge.String()
		}
	}
	return out
}

// configOf is what the API says as internal/link has it.
func configOf(c api.LinkConfig, password string) (link.Config, error) {
	out := link.Config{
		Name: c.Name, URL: c.URL, Username: c.Username, Password: password, ClientID: c.ClientID,
		CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile, StatusTopic: c.StatusTopic,
	}
	var wrong []api.FieldProblem
	duration := func(field, text string) time.Duration {
		if text == "" {
			return 0
		}
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			wrong = append(wrong, api.FieldProblem{
				Field: field, Message: fmt.Sprintf("%q is no duration", text), Remedy: "write 30s, 10m or 24h",
			})
		}
		return d
	}
	out.Keepalive = duration("config.keepalive", c.Keepalive)
	for _, t := range c.Topics {
		out.Topics = append(out.Topics, link.Topic{
			Filter: t.Filter, Direction: t.Direction, QoS: byte(t.QoS), LocalPrefix: t.LocalPrefix, RemotePrefix: t.RemotePrefix,
		})
	}
	if o := c.Outbox; o != nil {
		out.Outbox = link.Outbox{
			MaxMessages: o.MaxMessages, MaxBytes: o.MaxBytes, MaxAge: duration("config.outbox.max_age", o.MaxAge), Full: o.Full,
		}
	}
	if len(wrong) > 0 {
		return link.Config{}, api.InvalidFields(wrong...)
	}
	return out, nil
}
