package sio

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// startServer upgrades each request and hands the connection to serve.
func startServer(t *testing.T, serve func(*websocket.Conn)) Options {
	t.Helper()
	var up websocket.Upgrader
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		serve(ws)
	}))
	t.Cleanup(srv.Close)
	return Options{Addr: strings.TrimPrefix(srv.URL, "http://"), Path: "/socket.io/", Namespace: "/bench"}
}

func say(ws *websocket.Conn, packet string) { ws.WriteMessage(websocket.TextMessage, []byte(packet)) }

func hear(ws *websocket.Conn) string {
	_, b, _ := ws.ReadMessage()
	return string(b)
}

// greet is the server's half of a handshake.
func greet(ws *websocket.Conn) {
	say(ws, `0{"sid":"a","pingInterval":25000}`)
	if hear(ws) == "40/bench," {
		say(ws, `40/bench,{"sid":"b"}`)
	}
}

func TestClientReceivesEventsAndAnswersHeartbeats(t *testing.T) {
	pong := make(chan string, 1)
	o := startServer(t, func(ws *websocket.Conn) {
		greet(ws)
		say(ws, "2")
		pong <- hear(ws)
		say(ws, `42/bench,["message","a"]`)
		w, _ := ws.NextWriter(websocket.TextMessage) // larger than gorilla's buffer: sent in fragments
		w.Write([]byte(`42/bench,["message","` + strings.Repeat("b", 20000)))
		w.Write([]byte(`"]`))
		w.Close()
		hear(ws)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := Dial(ctx, 7, o)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan int, 2)
	p, err := NewPoller([]*Client{c}, func(id int, b []byte, _ time.Time) { got <- id + len(b)<<8 }, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	if s := <-pong; s != "3" {
		t.Errorf("heartbeat answered with %q, want 3", s)
	}
	for _, size := range []int{24, 20023} {
		if v := <-got; v != 7+size<<8 {
			t.Errorf("event of %d bytes for client %d, want %d for 7", v>>8, v&0xFF, size)
		}
	}
	cancel()
	<-done
	c.Close()
}

func TestPollerReportsClosedConnections(t *testing.T) {
	o := startServer(t, greet)
	c, err := Dial(t.Context(), 3, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	closed := make(chan int, 1)
	p, err := NewPoller([]*Client{c}, func(int, []byte, time.Time) {}, func(id int) { closed <- id })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	if id := <-closed; id != 3 {
		t.Errorf("closed client %d, want 3", id)
	}
	cancel()
	<-done
}

func TestCallTellsARefusal(t *testing.T) {
	for ack, want := range map[string]string{
		`43/bench,0[{"ok":true}]`:  "",
		`43/bench,0[{"ok":false}]`: "refused",
	} {
		o := startServer(t, func(ws *websocket.Conn) {
			greet(ws)
			if hear(ws) == `42/bench,0["subscribe","a/b"]` {
				say(ws, ack)
			}
			hear(ws)
		})
		c, err := Dial(t.Context(), 0, o)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Call(t.Context(), "subscribe", "a/b")
		c.Close()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("ack %s: err = %v, want %q", ack, err, want)
		}
	}
}

func TestDialTellsWhyItFailed(t *testing.T) {
	o := startServer(t, func(ws *websocket.Conn) {
		say(ws, "0{}")
		hear(ws)
		say(ws, `44/bench,{"message":"denied"}`)
		hear(ws)
	})
	if _, err := Dial(t.Context(), 0, o); err == nil || !strings.Contains(err.Error(), "denied") {
		t.Errorf("err = %v, want denied", err)
	}
}

func TestCutOffTellsClosedFromSilent(t *testing.T) {
	for name, tc := range map[string]struct{ closes, want bool }{"closed": {true, true}, "silent": {false, false}} {
		t.Run(name, func(t *testing.T) {
			o := startServer(t, func(ws *websocket.Conn) {
				greet(ws)
				if !tc.closes {
					hear(ws)
				}
			})
			o.ReadBuffer = 4096
			c, err := Dial(t.Context(), 0, o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if tc.closes {
				ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
			}
			defer cancel()
			if got := c.CutOff(ctx); got != tc.want {
				t.Errorf("CutOff = %v, want %v", got, tc.want)
			}
		})
	}
}
