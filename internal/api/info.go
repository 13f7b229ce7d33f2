package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
)

// Info is what the page shows of the gateway.
type Info struct {
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Started    time.Time         `json:"started"`
	UptimeS    int64             `json:"uptime_s"`
	Demo       bool              `json:"demo" doc:"Whether simulated devices run"`
	Listen     map[string]string `json:"listen" doc:"What listens where: http, https, mqtt, mqtt_tls, mqtt_websocket"`
	Namespaces []string          `json:"namespaces" doc:"The socket.io namespaces that exist now"`
	Mappings   []MappingInfo     `json:"mappings"`
	Links      []LinkInfo        `json:"links"`
	Problems   []string          `json:"problems" doc:"Mappings that do not stand, links that are down"`
}

// MappingInfo is one rule in short.
type MappingInfo struct {
	Name      string `json:"name"`
	Topic     string `json:"topic"`
	Namespace string `json:"namespace,omitempty"`
	Event     string `json:"event,omitempty"`
	To        string `json:"to,omitempty"`
	Direction string `json:"direction,omitempty" doc:"Empty for topic to topic"`
	OK        bool   `json:"ok"`
	Error     string `json:"error,omitempty" doc:"The last error"`
	In        uint64 `json:"in"`
	Out       uint64 `json:"out"`
}

// LinkInfo is one link in short.
type LinkInfo struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Error string `json:"error,omitempty"`

	Queued     int     `json:"queued" doc:"Messages that wait for the broker"`
	OldestS    float64 `json:"oldest_s" doc:"Age of the oldest of them, in seconds"`
	Reconnects uint64  `json:"reconnects"`
}

type infoOutput struct{ Body Info }

func (s *server) addInfo() {
	add(s, operation{
		id: "info", method: http.MethodGet, path: "/api/v1/info", tag: "gateway", needs: known, summary: "Say what runs where",
		description: "Tokens of clients and devices are not told of mappings, links and namespaces.",
	}, func(ctx context.Context, _ *struct{}) (*infoOutput, error) {
		i := s.Info()
		if outsider(principalOf(ctx)) {
			i.Mappings, i.Links, i.Namespaces, i.Problems = []MappingInfo{}, []LinkInfo{}, []string{}, []string{}
		}
		return &infoOutput{i}, nil
	})
}

// outsider reports whether somebody came with a token of the kind client or device: topics are theirs, and not what the gateway
// is made of.
func outsider(p *access.Principal) bool {
	return p != nil && (p.Kind == access.KindToken || p.Kind == access.KindDevice) && !access.Can(p, access.View)
}
