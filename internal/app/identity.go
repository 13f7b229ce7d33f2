package app

import (
	"gateway/internal/access"
	"gateway/internal/auth"
)

// makeIdentity makes the service that knows who is who, and has connections judged anew when somebody may do less.
func (g *gateway) makeIdentity() (err error) {
	g.identity, err = auth.New(auth.Options{
		Records: g.store, Policy: auth.Policy{Anonymous: auth.Mode(g.config.Auth.Anonymous)}, Logger: g.log,
	})
	if err != nil {
		return err
	}
	g.identity.OnChange(g.reassess)
	return nil
}

// reassess cuts MQTT clients whose rights have changed: they come back by themselves, and are judged anew. Sockets go on with what
// they may do now.
func (g *gateway) reassess(c auth.Change) {
	if g.broker == nil {
		return // it is being built: nobody is connected
	}
	g.surface.Reassess(c.Match, c.Reason)
	cut := g.broker.Disconnect(func(p *access.Principal) bool { return c.Match(p) && !p.Equal(g.identity.Current(p)) })
	if cut > 0 {
		g.log.Info("mqtt clients were cut", "clients", cut, "because", c.Reason)
	}
}
