//go:build linux

package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/internal/flash/simulator"
)

// browse connects as a page does.
func browse(t *testing.T, b *simulator.Board) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(within(t, time.Minute), b.WebSocket(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func set(t *testing.T, c *websocket.Conn, signals ...string) {
	t.Helper()
	for _, s := range signals {
		if err := c.Write(within(t, time.Minute), websocket.MessageText, []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBrowserResetsByTheLines(t *testing.T) {
	tests := []struct {
		name    string
		signals []string
		then    string
	}{
		{"into the loader", []string{`{"dtr":false,"rts":true}`, `{"dtr":true,"rts":false}`}, "loader"},
		{"into the loader, one line after the other", []string{`{"dtr":false}`, `{"rts":true}`, `{"dtr":true}`, `{"rts":false}`}, "loader"},
		{"to run", []string{`{"dtr":false,"rts":true}`, `{"rts":false}`}, "boot"},
	}
	b := start(t, simulator.Options{Fast: true, WebSocket: "127.0.0.1:0"}, map[string]string{})
	await(t, b, "boot")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := browse(t, b)
			set(t, c, tt.signals...)
			await(t, b, tt.then)
		})
	}
}

func TestBrowserHearsTheBoard(t *testing.T) {
	b := start(t, simulator.Options{Fast: true, WebSocket: "127.0.0.1:0"}, map[string]string{"main.py": "print('hello')\n"})
	await(t, b, "boot")
	c := browse(t, b)
	set(t, c, `{"baud":115200}`, `{"dtr":false,"rts":true}`, `{"rts":false}`)
	var heard strings.Builder
	for ctx := within(t, time.Minute); !strings.Contains(heard.String(), "hello\r\n"); {
		_, data, err := c.Read(ctx)
		if err != nil {
			t.Fatalf("%v; heard %q", err, heard.String())
		}
		heard.Write(data)
	}
}

func TestBrowserLosesAnUnpluggedBoard(t *testing.T) {
	b := start(t, simulator.Options{Fast: true, WebSocket: "127.0.0.1:0"}, map[string]string{})
	await(t, b, "boot")
	c := browse(t, b)
	set(t, c, `{"dtr":false,"rts":true}`, `{"dtr":true,"rts":false}`)
	await(t, b, "loader")
	gone := func(c *websocket.Conn) {
		t.Helper()
		ctx := within(t, time.Minute)
		for {
			if _, _, err := c.Read(ctx); err != nil {
				if ctx.Err() != nil {
					t.Error("the browser is still there")
				}
				return
			}
		}
	}
	b.Unplug()
	gone(c)
	gone(browse(t, b))
	if err := b.Plug(); err != nil {
		t.Fatal(err)
	}
	set(t, browse(t, b), `{"dtr":false,"rts":true}`, `{"dtr":true,"rts":false}`)
	await(t, b, "loader")
}
