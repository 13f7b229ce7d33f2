package app

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gateway/internal/trace"
)

func TestTooManyConnectionsAreClosed(t *testing.T) {
	drops := trace.NewDrops(slog.New(slog.DiscardHandler))
	c := newConnections(2, drops)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hijack" {
			nc, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { nc.Close() })
			io.WriteString(nc, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}))
	server.Config.ConnState = c.state
	server.Start()
	defer server.Close()

	// connect opens a connection and asks for path; it reports whether there was an answer.
	connect := func(path string) (net.Conn, bool) {
		nc, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { nc.Close() })
		nc.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(nc, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
		return nc, err == nil && resp.StatusCode == http.StatusOK
	}
	for range 5 { // websockets do not count
		if _, ok := connect("/hijack"); !ok {
			t.Fatal("a websocket was refused")
		}
	}
	first, ok1 := connect("/")
	_, ok2 := connect("/")
	if !ok1 || !ok2 {
		t.Fatal("connections within the limit were refused")
	}
	if _, ok := connect("/"); ok {
		t.Error("a connection over the limit was served")
	}
	if n := drops.Counts(); len(n) != 1 || n[0].Reason != "connections" || n[0].N != 1 {
		t.Errorf("counted %v", n)
	}
	first.Close()
	for end := time.Now().Add(20 * time.Second); ; { // the server learns it in its own time
		if _, ok := connect("/"); ok {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the place of a connection that has gone stays taken")
		}
	}
}
