package peer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"gateway/bench/internal/load"
)

// Gateway is the project's own server.
type Gateway struct {
	Label string // its name in the report
	Root  string // directory of its module, to build it from
	Bin   string // binary; empty builds one
	Extra string // added to its configuration
}

// Name returns the label.
func (g *Gateway) Name() string { return g.Label }

// Suits says no to Events, where the library stands for it.
func (g *Gateway) Suits(kind load.Kind) bool { return kind != load.Events }

// Build builds bin, unless there is one.
func (g *Gateway) Build(ctx context.Context, tmp string) (err error) {
	if g.Bin != "" {
		if g.Bin, err = filepath.Abs(g.Bin); err != nil {
			return err
		}
		_, err = os.Stat(g.Bin)
		return err
	}
	g.Bin = filepath.Join(tmp, "gateway")
	return goBuild(ctx, g.Root, g.Bin, "./cmd/gateway")
}

// config is the gateway's configuration: defaults but for addresses and one rule.
const config = `data_dir = %q

[http]
listen = %q

[mqtt]
listen = %q
websocket_listen = ""

[[mapping]]
name = "bench"
topic = "bench/{n}"
namespace = "/bench"
event = "message"
payload = "text"
direction = "mqtt_to_socketio"
`

// lingering is added for Linger.
const lingering = `
[socketio]
linger = "5ms"
`

func (g *Gateway) command(kind load.Kind, a addresses) ([]string, string, error) {
	file := filepath.Join(a.dir, "config.toml")
	text := fmt.Sprintf(config, filepath.Join(a.dir, "data"), a.http, a.mqtt)
	text += g.Extra
	if kind == load.Linger {
		text += lingering
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, "", err
	}
	namespace := "/bench"
	if kind == load.Rooms || kind == load.Upstream {
		namespace = "/mqtt"
	}
	return []string{g.Bin, "serve", "--config", file}, namespace, nil
}
