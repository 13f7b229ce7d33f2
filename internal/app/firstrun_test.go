package app

import (
	"context"
	"net"
	"testing"
)

// answering listens, and answers what it gets with text.
func answering(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 100))
			_, _ = c.Write([]byte(text))
			c.Close()
		}
	}()
	return l.Addr().String()
}

func TestABrokerIsWhatAnswersLikeOne(t *testing.T) {
	closed := answering(t, "")
	for name, c := range map[string]struct {
		addr string
		want bool
	}{
		"a broker":                 {answering(t, "\x20\x02\x00\x00"), true},
		"one that wants a login":   {answering(t, "\x20\x02\x00\x05"), true},
		"a web server":             {answering(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), false},
		"something that hangs up":  {closed, false},
		"nothing at all":           {"127.0.0.1:1", false},
		"an address that is none ": {"nowhere", false},
	} {
		if got := speaksMQTT(context.Background(), c.addr); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
