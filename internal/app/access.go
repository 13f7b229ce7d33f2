package app

import (
	"net/http"
	"os"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/broker"
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

// authenticate knows no names yet: what auth.anonymous says of the connection decides.
func (g *gateway) authenticate(c broker.Credentials) (*access.Principal, error) {
	if c.Request != nil {
		return g.policy().HTTP(g.proxies().Resolve(c.Request))
	}
	return g.policy().Peer(c.Remote)
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
