package api

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/trace"
)

// TestABodyThatNeverEnds: without a limit a client could hold any number of them.
func TestABodyThatNeverEnds(t *testing.T) {
	polled := make(chan struct{})
	s := newServer(Options{
		BasePath: "/", SocketPath: "/socket.io/", MaxPayload: 1 << 20, Page: http.NotFoundHandler(), Metrics: http.NotFoundHandler(),
		Identify: func(*http.Request) (*access.Principal, error) { return access.Anonymous(), nil },
		Drops:    trace.NewDrops(slog.New(slog.DiscardHandler)),
		SocketIO: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // a poll that takes longer than any limit
			<-polled
			fmt.Fprint(w, "polled")
		}),
	})
	s.bodyTime, s.answerTime = 100*time.Millisecond, 200*time.Millisecond
	server := httptest.NewServer(s.handler())
	defer server.Close()

	for _, path := range []string{"/api/v1/publish/a", "/api/v1/nothing"} {
		c := dial(t, server)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nonly the beginn", path)
		answer, err := io.ReadAll(c) // returns when the server has closed the connection
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 4") {
			t.Errorf("%s: %q, %v", path, answer, err)
		}
	}

	c := dial(t, server)
	in := bufio.NewReader(c)
	fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") // its limits must not outlive it
	first := readAnswer(t, in)
	fmt.Fprint(c, "GET /socket.io/?transport=polling HTTP/1.1\r\nHost: localhost\r\n\r\n")
	time.AfterFunc(3*s.answerTime, func() { close(polled) })
	if second := readAnswer(t, in); second != "polled" {
		t.Errorf("a poll after %q on the same connection: %q", first, second)
	}
}

func dial(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func readAnswer(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
