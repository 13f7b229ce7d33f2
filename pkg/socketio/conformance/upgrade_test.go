package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gateway/pkg/socketio/internal/siotest"
)

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
