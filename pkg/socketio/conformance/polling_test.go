package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

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
