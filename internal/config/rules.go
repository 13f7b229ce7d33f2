package config

import (
	"fmt"
	"net"
)

// checkRules reports values that are right alone and wrong together.
func (r *reader) checkRules(c *Config, l *layers) {
	r.checkTLS(c, l)
	r.checkPorts(c, l)
	if c.State.CheckpointInterval < c.State.FlushInterval {
		r.failAt(l, l.written("state.checkpoint_interval", "state.flush_interval"), &flaw{
			fmt.Sprintf("flushes come every %s, checkpoints every %s", short(c.State.FlushInterval), short(c.State.CheckpointInterval)),
			"make state.checkpoint_interval at least as long as state.flush_interval",
		})
	}
}

// written is the first of two keys that some layer sets, to blame it for their disagreement.
func (l *layers) written(a, b string) string {
	if _, ok := l.places[a]; ok {
		return a
	}
	return b
}

// failAt blames the layer that the value in force of a key came from.
func (r *reader) failAt(l *layers, key string, f *flaw) {
	at := l.places[key]
	r.problems.List = append(r.problems.List, Problem{File: at.name, Line: at.line, Key: key, Message: f.message, Remedy: f.remedy})
}

func (r *reader) checkTLS(c *Config, l *layers) {
	switch {
	case c.HTTP.TLSCert != "" && c.HTTP.TLSKey == "":
		r.failAt(l, "http.tls_cert", &flaw{"has no http.tls_key beside it", "give both, or neither"})
	case c.HTTP.TLSCert == "" && c.HTTP.TLSKey != "":
		r.failAt(l, "http.tls_key", &flaw{"has no http.tls_cert beside it", "give both, or neither"})
	case c.HTTP.TLSCert == "" && c.HTTP.TLSListen != "":
		r.failAt(l, "http.tls_listen", &flaw{"needs a certificate", "give http.tls_cert and http.tls_key"})
	case c.HTTP.TLSCert == "" && c.MQTT.TLSListen != "":
		r.failAt(l, "mqtt.tls_listen", &flaw{"needs a certificate", "give http.tls_cert and http.tls_key"})
	}
}

// checkPorts reports two listeners that cannot both have their port.
func (r *reader) checkPorts(c *Config, l *layers) {
	listeners := []struct{ key, addr string }{
		{"http.listen", c.HTTP.Listen},
		{"http.tls_listen", c.HTTP.TLSListen},
		{"mqtt.listen", c.MQTT.Listen},
		{"mqtt.websocket_listen", c.MQTT.WebsocketListen},
		{"mqtt.tls_listen", c.MQTT.TLSListen},
	}
	for i, b := range listeners {
		for _, a := range listeners[:i] {
			if !collide(a.addr, b.addr) {
				continue
			}
			blamed, other := l.written(b.key, a.key), a.key
			if blamed == other {
				other = b.key
			}
			r.failAt(l, blamed, &flaw{"wants the port of " + other, "give each its own"})
		}
	}
}

// collide reports whether two addresses want the same port of the same host; port 0 is any free one.
func collide(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	return hostA == hostB || anyHost(hostA) || anyHost(hostB)
}

func anyHost(host string) bool {
	return host == "" || host == "0.0.0.0" || host == "::"
}
