package app

import (
	"net/http"
	"os"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/broker"
	"gateway/internal/fault"
	"gateway/internal/trace"
)

func (g *gateway) policy() auth.Policy {
	return auth.Policy{Anonymous: auth.Mode(g.config.Auth.Anonymous)}
}

func (g *gateway) origins() auth.Origins { return auth.Origins{Allowed: g.config.HTTP.Origins} }

func (g *gateway) hosts() auth.Hosts {
	machine, _ := os.Hostname() // without a name it is known by its address
	return auth.Hosts{Names: g.config.HTTP.Hosts, Machine: machine}
}

func (g *gateway) proxies() auth.Proxies { return auth.NewProxies(g.config.HTTP.TrustedProxies) }

// authenticate finds out who an MQTT client is: by user name and password, which are a token's id and secret, or, when it sends
// neither, by what auth.anonymous says of the connection. A wrong password is told from having none.
func (g *gateway) authenticate(c broker.Credentials) (*access.Principal, error) {
	if c.Username == "" && len(c.Password) == 0 {
		if c.Request != nil {
			return g.policy().HTTP(g.proxies().Resolve(c.Request))
		}
		return g.policy().Peer(c.Remote)
	}
	remote := c.Remote
	if c.Request != nil {
		remote = g.proxies().Resolve(c.Request).RemoteAddr
	}
	p, err := g.identity.Token(c.Username, string(c.Password), remote)
	if err != nil {
		return nil, fault.New(fault.Invalid, "user name %q: %w", c.Username, err)
	}
	return p, nil
}

// allowWebsocket applies to MQTT over websocket what internal/api applies to every request.
func (g *gateway) allowWebsocket() func(*http.Request) bool {
	hosts, proxies, origins := g.hosts(), g.proxies(), g.origins()
	return func(r *http.Request) bool {
		asked := proxies.Resolve(r)
		if !hosts.Allow(r) || !hosts.Allow(asked) {
			g.drops.Add(trace.Key{Where: "mqtt", Reason: "host"}, asked.RemoteAddr, "add "+asked.Host+" to http.hosts if it is yours")
			return false
		}
		return origins.Allow(asked)
	}
}
