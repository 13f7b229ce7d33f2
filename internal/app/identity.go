package app

import (
	"fmt"
	"sync/atomic"

	"gateway/internal/access"
	"gateway/internal/auth"
)

// makeIdentity makes the service that knows who is who, and has connections judged anew when somebody may do less.
func (g *gateway) makeIdentity() (err error) {
	g.identity, err = auth.New(auth.Options{
		Records: g.store, Policy: auth.Policy{Anonymous: auth.Mode(g.config.Auth.Anonymous)}, Logger: g.log,
		ShowCode: g.showSetupCode, Changed: g.identityChanged(), Taken: g.hasBoard,
	})
	if err != nil {
		return err
	}
	g.identity.OnChange(g.reassess)
	return nil
}

// identityChanged tells pages that there is something new to read: not what, since ids of users and tokens are for admins.
func (g *gateway) identityChanged() func(what, id string) {
	var revision atomic.Uint64
	return func(what, _ string) { g.changed(what, "", fmt.Sprint(revision.Add(1))) }
}

// reassess cuts MQTT clients whose rights have changed: they come back by themselves, and are judged anew. Sockets go on with what
// they may do now.
func (g *gateway) reassess(c auth.Change) {
	if g.broker == nil {
		return // it is being built: nobody is connected
	}
	g.surface.Reassess(c.Match, c.Reason)
	cut := g.broker.Disconnect(func(p *access.Principal) bool { return c.Match(p) && !g.stillIn(p) })
	g.broker.Forget(func(p *access.Principal) bool { return c.Match(p) && g.current(p) == nil })
	if cut > 0 {
		g.log.Info("mqtt clients were cut", "clients", cut, "because", c.Reason)
	}
}

// stillIn reports whether p may do what it could when it came.
func (g *gateway) stillIn(p *access.Principal) bool { return p.Equal(g.current(p)) }

// showSetupCode tells whoever reads the gateway's output how to become its owner.
func (g *gateway) showSetupCode(c auth.SetupCode) {
	fmt.Fprintf(g.options.Stdout, "nobody owns this gateway yet: open %s and enter the setup code %s (until %s; gateway setup-code prints a new one)\n",
		g.pageURL(), c.Code, c.ExpiresAt.Local().Format("15:04"))
}

// pageURL is where the page is, as this machine would open it.
func (g *gateway) pageURL() string {
	a := g.addresses()
	if addr := a["http"]; addr != "" {
		return "http://" + local(addr) + g.config.HTTP.BasePath
	}
	return "https://" + local(a["https"]) + g.config.HTTP.BasePath
}

// welcome shows the setup code at the start of a gateway without an owner.
func (g *gateway) welcome() {
	if !g.identity.Claimed() {
		_, _ = g.identity.SetupCode(true)
	}
}
