package socketio

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/parser"
)

// mirror answers every event with its own arguments, as an event and as an acknowledgement.
func mirror(n *Namespace) {
	n.OnConnect(func(s *Socket) {
		s.OnAny(func(_ context.Context, e *Event) {
			args := make([]any, len(e.Args))
			for i, a := range e.Args {
				args[i] = a
				var v any
				a.Decode(&v) // which may fail, as for 1e999
			}
			s.Join(e.Name)
			e.Ack(args...)
			n.To(e.Name).Emit(e.Name, args...)
		})
	})
}

// request makes a request of a session without a network.
func request(srv *Server, method, sid, body string) (int, string) {
	target := "/socket.io/?EIO=4&transport=polling"
	if sid != "" {
		target += "&sid=" + sid
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

// Whatever a client sends, nothing panics, what it gets back is well formed,
// and it is answered again or closed.
func FuzzSession(f *testing.F) {
	f.Add("40\x1e42[\"a\",1,{\"b\":[null]}]\x1e421[\"a\"]")
	f.Add("40/x/y,{\"token\":1}\x1e42/x/y,7[\"a\"]\x1e41/x/y,\x1e42/x/y,[\"a\"]")
	f.Add("40\x1e452-[\"a\",{\"_placeholder\":true,\"num\":1},[{\"_placeholder\":true,\"num\":0}]]\x1ebAQI=\x1ebAw==")
	f.Add("40\x1e4510-[\"a\"]\x1ebAQI=\x1e431[]\x1e461-9[]\x1ebAQI=")
	f.Add("3\x1e40\x1e40\x1e41\x1e40/x/%zz,\x1e40/nowhere\x1e6\x1e5")
	f.Add("40\x1e42[\"\\u0061\\ud800\",\"\\u0000\",1e999]")
	f.Fuzz(func(t *testing.T, payload string) {
		srv := NewServer(Options{MaxPayload: 4096, MaxNamespaces: 3, MaxDynamicNamespaces: 2, Shards: 1, Logger: discard()})
		defer srv.Close(context.Background())
		mirror(srv.Namespace("/"))
		mirror(srv.Namespace("/{a}/{b}"))
		srv.Namespace("/").OnConnect(func(s *Socket) {
			s.On("end", func(context.Context, *Event) { s.Emit("the end") })
		})
		_, open := request(srv, "GET", "", "")
		_, rest, _ := strings.Cut(open, `"sid":"`)
		sid, _, _ := strings.Cut(rest, `"`)
		for _, body := range []string{payload, `40`, `42["end"]`} {
			if status, _ := request(srv, "POST", sid, body); status != http.StatusOK {
				return // closed
			}
		}
		for {
			status, body := request(srv, "GET", sid, "")
			if status != http.StatusOK || wellFormed(t, body) {
				return
			}
		}
	})
}

// wellFormed checks a payload of the server and reports whether it is the last.
func wellFormed(t *testing.T, body string) (last bool) {
	for p := range strings.SplitSeq(body, "\x1e") {
		switch {
		case strings.HasPrefix(p, `44{"message":"too many namespaces"`), p == "1" || p == "6" || p == `42["the end"]`:
			last = true
		case p == "2" || strings.HasPrefix(p, "b"):
		case strings.HasPrefix(p, "4"):
			got, err := parser.Decode([]byte(p[1:]), parser.Limits{Namespace: 128, Attachments: 16})
			if err != nil {
				t.Fatalf("the server sends %q: %v", p, err)
			}
			if got.Type == parser.Event || got.Type == parser.BinaryEvent {
				if _, err := parser.EventName(parser.Elements(nil, got.Data)); err != nil {
					t.Fatalf("the server sends %q: %v", p, err)
				}
			}
		default:
			t.Fatalf("the server sends %q", p)
		}
	}
	return last
}
