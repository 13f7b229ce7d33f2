package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/pkg/socketio/internal/siotest"
)

// start serves one mode with the flags, and returns its address.
func start(t *testing.T, args ...string) string {
	t.Helper()
	c, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	h, _, stop, err := handler(c)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		srv.Close()
	})
	return srv.URL
}

// modes runs a test against both servers, which share their transports.
func modes(t *testing.T, fn func(t *testing.T, base string)) {
	t.Run("engineio", func(t *testing.T) { t.Parallel(); fn(t, start(t, "-mode", "engineio")+"/engine.io/") })
	t.Run("socketio", func(t *testing.T) { t.Parallel(); fn(t, start(t, "-connect-timeout", "1m")+"/socket.io/") })
}

type openPacket struct {
	SID          string
	Upgrades     []string
	PingInterval int
	PingTimeout  int
	MaxPayload   int
}

func checkOpen(t *testing.T, packet string, upgrades int) {
	t.Helper()
	var o openPacket
	d := json.NewDecoder(strings.NewReader(packet[1:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		t.Fatalf("open packet %q: %v", packet, err)
	}
	if packet[0] != '0' || o.SID == "" || len(o.Upgrades) != upgrades || o.Upgrades == nil ||
		o.PingInterval != 300 || o.PingTimeout != 200 || o.MaxPayload != 1_000_000 {
		t.Errorf("open packet %q", packet)
	}
}

func TestHandshake(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		_, body := siotest.Get(t, base+"?EIO=4&transport=polling")
		checkOpen(t, body, 1)
		ws := siotest.Dial(t, base+"?EIO=4&transport=websocket")
		checkOpen(t, ws.Next(), 0)
	})
}

func TestHandshakeRefused(t *testing.T) {
	for _, c := range []struct{ name, method, query, body string }{
		{"no revision", "GET", "?transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"bad revision", "GET", "?EIO=abc&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"no transport", "GET", "?EIO=4", `{"code":0,"message":"Transport unknown"}`},
		{"bad transport", "GET", "?EIO=4&transport=abc", `{"code":0,"message":"Transport unknown"}`},
		{"post", "POST", "?EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"put", "PUT", "?EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"unknown session", "GET", "?EIO=4&transport=polling&sid=abc", `{"code":1,"message":"Session ID unknown"}`},
		{"websocket by plain request", "GET", "?EIO=4&transport=websocket", `{"code":3,"message":"Bad request"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			modes(t, func(t *testing.T, base string) {
				status, body := siotest.Do(t, c.method, base+c.query, nil)
				if status != http.StatusBadRequest || strings.TrimSpace(body) != c.body {
					t.Errorf("status %d, body %s", status, body)
				}
			})
		})
	}
}

func TestWebsocketHandshakeRefused(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		for _, q := range []string{"?transport=websocket", "?EIO=abc&transport=websocket", "?EIO=4", "?EIO=4&transport=abc", "?EIO=4&transport=websocket&sid=abc"} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			c, res, err := websocket.Dial(ctx, base+q, nil)
			cancel()
			if err == nil {
				c.CloseNow()
				t.Fatalf("%s: accepted", q)
			}
			if res == nil || res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %v", q, err)
			}
		}
	})
}

func TestWebsocketMessages(t *testing.T) {
	ws := siotest.Dial(t, start(t, "-mode", "engineio")+"/engine.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	ws.Send("4hello")
	ws.Want("4hello")
	ws.SendBinary([]byte{1, 2, 3, 4})
	ws.Want("\x01\x02\x03\x04")
}

func TestWebsocketInvalidPacket(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		for _, packet := range []string{"abc", "", "2", "0{}", "9"} {
			ws := siotest.Dial(t, base+"?EIO=4&transport=websocket")
			ws.WantPrefix("0")
			ws.Send(packet)
			ws.WantClosed()
		}
	})
}

func TestHeartbeatOnWebsocket(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		ws := siotest.Dial(t, base+"?EIO=4&transport=websocket")
		ws.WantPrefix("0")
		for range 3 {
			if got, _, _ := ws.Read(); got != "2" {
				t.Fatalf("got %q, want a ping", got)
			}
			ws.Send("3")
		}
		if got, _, _ := ws.Read(); got != "2" {
			t.Fatalf("got %q, want a ping", got)
		}
		if got, _, err := ws.Read(); err == nil {
			t.Errorf("got %q after an unanswered ping", got)
		}
	})
}
