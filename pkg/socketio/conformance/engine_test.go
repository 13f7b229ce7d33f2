package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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

func TestPollingMessages(t *testing.T) {
	base := start(t, "-mode", "engineio") + "/engine.io/"
	for _, payload := range []string{"4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA==", "4", "4ü€😀"} {
		p := siotest.OpenPolling(t, base)
		if status, body := p.Post(payload); status != http.StatusOK || body != "ok" {
			t.Errorf("post %q: status %d, %q", payload, status, body)
		}
		if status, body := p.Get(); status != http.StatusOK || body != payload {
			t.Errorf("get: status %d, %q, want %q", status, body, payload)
		}
	}
}

func TestPollingInvalidPacket(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		for _, payload := range []string{"abc", "", "4a\x1e", "\x1e", "4\xff", "b!!!", "2", "0{}"} {
			p := siotest.OpenPolling(t, base)
			if status, _ := p.Post(payload); status != http.StatusBadRequest {
				t.Errorf("post %q: status %d", payload, status)
			}
			if status, _ := p.Get(); status != http.StatusBadRequest {
				t.Errorf("get after %q: status %d", payload, status)
			}
		}
	})
}

func TestDuplicatePollsCloseTheSession(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		p := siotest.OpenPolling(t, base)
		var wg sync.WaitGroup
		var got [2]int
		var bodies [2]string
		for i := range got {
			wg.Go(func() { got[i], bodies[i] = p.Get() })
		}
		wg.Wait()
		if got[0] == http.StatusBadRequest {
			got[0], got[1], bodies[0] = got[1], got[0], bodies[1]
		}
		if got[0] != http.StatusOK || bodies[0] != "1" || got[1] != http.StatusBadRequest {
			t.Errorf("status %v, bodies %q", got, bodies)
		}
		if status, _ := p.Get(); status != http.StatusBadRequest {
			t.Errorf("status %d of a closed session", status)
		}
	})
}

func TestCancelledPollClosesTheSession(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		p := siotest.OpenPolling(t, base)
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
		time.AfterFunc(20*time.Millisecond, cancel)
		if res, err := http.DefaultClient.Do(r); err == nil {
			res.Body.Close()
			t.Fatalf("status %d", res.StatusCode)
		}
		if status, _ := p.Get(); status != http.StatusBadRequest {
			t.Errorf("status %d of a closed session", status)
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

func TestHeartbeatOnPolling(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		p := siotest.OpenPolling(t, base)
		for range 3 {
			if status, body := p.Get(); status != http.StatusOK || body != "2" {
				t.Fatalf("status %d, %q", status, body)
			}
			if status, _ := p.Post("3"); status != http.StatusOK {
				t.Fatalf("pong: status %d", status)
			}
		}
	})
}

func TestPingTimeoutOnPolling(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		p := siotest.OpenPolling(t, base)
		if _, body := p.Get(); body != "2" {
			t.Fatalf("got %q, want a ping", body)
		}
		// The request hangs until the session is closed for want of a pong.
		if status, body := p.Get(); status != http.StatusOK || body != "1" {
			t.Errorf("status %d, %q", status, body)
		}
		if status, _ := p.Get(); status != http.StatusBadRequest {
			t.Errorf("status %d of a closed session", status)
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

func TestClientCloses(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		p := siotest.OpenPolling(t, base)
		var wg sync.WaitGroup
		wg.Go(func() { // before or after the POST
			if status, body := p.Get(); status != http.StatusOK || body != "6" {
				t.Errorf("hanging request: status %d, %q", status, body)
			}
		})
		if status, _ := p.Post("1"); status != http.StatusOK {
			t.Errorf("close: status %d", status)
		}
		wg.Wait()
		if status, _ := p.Get(); status != http.StatusBadRequest {
			t.Errorf("status %d of a closed session", status)
		}
		ws := siotest.Dial(t, base+"?EIO=4&transport=websocket")
		ws.WantPrefix("0")
		ws.Send("1")
		ws.WantClosed()
	})
}

// upgraded returns a session that has moved to a websocket.
func upgraded(t *testing.T, base string) (*siotest.Polling, *siotest.WS) {
	t.Helper()
	p := siotest.OpenPolling(t, base)
	ws := siotest.Dial(t, base+"?EIO=4&transport=websocket&sid="+p.SID)
	ws.Send("2probe")
	ws.Want("3probe")
	if status, body := p.Get(); status != http.StatusOK || body != "6" {
		t.Fatalf("request during the probe: status %d, %q", status, body)
	}
	ws.Send("5")
	return p, ws
}

func TestUpgrade(t *testing.T) {
	_, ws := upgraded(t, start(t, "-mode", "engineio")+"/engine.io/")
	ws.Send("4hello")
	ws.Want("4hello")
}

func TestUpgradeEndsHangingRequest(t *testing.T) {
	base := start(t, "-mode", "engineio", "-ping-interval", "1m") + "/engine.io/"
	p := siotest.OpenPolling(t, base)
	hung := make(chan string)
	go func() { _, body := p.Get(); hung <- body }()
	ws := siotest.Dial(t, base+"?EIO=4&transport=websocket&sid="+p.SID)
	ws.Send("2probe")
	ws.Want("3probe")
	if body := <-hung; body != "6" {
		t.Errorf("hanging request got %q", body)
	}
	ws.Send("5")
	ws.Send("4x")
	ws.Want("4x")
}

func TestAfterUpgradePollingIsRefused(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		p, ws := upgraded(t, base)
		if got, _, _ := ws.Read(); got != "2" {
			t.Fatalf("got %q, want a ping by websocket", got)
		}
		if status, _ := p.Get(); status != http.StatusBadRequest {
			t.Errorf("get: status %d", status)
		}
		if status, _ := p.Post("4x"); status != http.StatusBadRequest {
			t.Errorf("post: status %d", status)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if c, _, err := websocket.Dial(ctx, base+"?EIO=4&transport=websocket&sid="+p.SID, nil); err == nil {
			c.CloseNow()
			t.Error("second websocket accepted")
		}
	})
}

func TestFailedProbeLeavesTheSession(t *testing.T) {
	base := start(t, "-mode", "engineio") + "/engine.io/"
	p := siotest.OpenPolling(t, base)
	for range 2 {
		ws := siotest.Dial(t, base+"?EIO=4&transport=websocket&sid="+p.SID)
		ws.Send("nonsense")
		ws.WantClosed()
	}
	p.Post("4still here")
	if _, body := p.Get(); body != "4still here" {
		t.Errorf("got %q", body)
	}
}

func TestPayloadTooLarge(t *testing.T) {
	modes(t, func(t *testing.T, base string) {
		big := "4" + strings.Repeat("x", 1_000_000)
		p := siotest.OpenPolling(t, base)
		if status, _ := p.Post(big); status != http.StatusRequestEntityTooLarge {
			t.Errorf("status %d", status)
		}
		p = siotest.OpenPolling(t, base)
		chunked := struct{ *strings.Reader }{strings.NewReader(big)} // of unknown length
		r, _ := http.NewRequest(http.MethodPost, p.URL, chunked)
		r.ContentLength = -1
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("chunked: status %d", res.StatusCode)
		}
		ws := siotest.Dial(t, base+"?EIO=4&transport=websocket")
		ws.WantPrefix("0")
		ws.Send(big)
		if code := ws.WantClosed(); code != 1009 {
			t.Errorf("close code %d", code)
		}
	})
}
