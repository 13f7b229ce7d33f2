package app

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"gateway/internal/api"
	"gateway/internal/broker"
)

// info is what the page shows.
func (g *gateway) info() api.Info {
	g.mu.Lock()
	problems := append([]string{}, g.problems...)
	g.mu.Unlock()
	i := api.Info{
		Name: g.settings.Settings().Name, Version: g.options.Version, Started: g.started, UptimeS: int64(time.Since(g.started).Seconds()),
		Demo: g.options.Demo, Listen: g.addresses(), Namespaces: append([]string{}, g.surface.NamespaceNames()...),
		Mappings: []api.MappingInfo{}, Links: []api.LinkInfo{}, Problems: problems,
	}
	stats := g.bridge.Stats()
	for n, r := range g.bridge.Table().Rules() {
		s := r.Spec()
		m := api.MappingInfo{
			Name: s.Name, Topic: s.Topic, Namespace: s.Namespace, Event: s.Event, To: s.To, Direction: string(s.Direction), OK: true,
		}
		if s.To != "" {
			m.Direction = "" // from topic to topic: neither side is socket.io's
		}
		if n < len(stats) && stats[n].Rule == s.Name {
			m.In, m.Out = stats[n].In, stats[n].Out
			if e := stats[n].LastError; e != nil {
				m.Error = e.Text
			}
		}
		i.Mappings = append(i.Mappings, m)
	}
	g.linkInfo(&i)
	return i
}

// addresses says what listens where.
func (g *gateway) addresses() map[string]string {
	out := map[string]string{}
	for _, l := range g.listeners {
		name := "http"
		if l.tls {
			name = "https"
		}
		out[name] = l.Addr().String()
	}
	names := map[string]string{
		broker.ListenerTCP: "mqtt", broker.ListenerTLS: "mqtt_tls", broker.ListenerWebsocket: "mqtt_websocket",
	}
	for listener, addr := range g.broker.Addrs() {
		out[names[listener]] = addr
	}
	return out
}

// banner says in a few lines where everything listens and what to try next.
func (g *gateway) banner() {
	a := g.addresses()
	w := g.options.Stdout
	url := "http://" + local(a["http"])
	fmt.Fprintf(w, "gateway %s is ready: %d mappings, data in %s\n", g.options.Version, g.bridge.Table().Len(), g.config.DataDir)
	line(w, "page, REST, socket.io", url+g.config.HTTP.BasePath, a["http"])
	line(w, "https", "https://"+local(a["https"])+g.config.HTTP.BasePath, a["https"])
	line(w, "MQTT", "mqtt://"+local(a["mqtt"]), a["mqtt"])
	line(w, "MQTT over websocket", "ws://"+local(a["mqtt_websocket"])+"/mqtt", a["mqtt_websocket"])
	line(w, "MQTT over TLS", "mqtts://"+local(a["mqtt_tls"]), a["mqtt_tls"])
	if mqtt := a["mqtt"]; mqtt != "" {
		_, port, _ := net.SplitHostPort(mqtt)
		fmt.Fprintf(w, "try: mosquitto_pub -p %s -t home/kitchen/temp -m 21.5   and watch it arrive on the page\n", port)
	}
	if g.config.Auth.Anonymous == "always" {
		fmt.Fprintln(w, "warning: auth.anonymous = \"always\": everybody who reaches these ports may read and write every topic")
	}
}

func line(w io.Writer, name, url, addr string) {
	if addr != "" {
		fmt.Fprintf(w, "  %-22s %s\n", name, url)
	}
}

// local is an address as this machine would dial it.
func local(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}
