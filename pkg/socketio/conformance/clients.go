package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"gateway/pkg/socketio"
)

// callTimeout is how long a client may take to answer.
const callTimeout = 10 * time.Second

// clientsServer is what real clients are tried on: "/" does what it is asked
// to, "/private" wants a token, "/room/{name}" is there for whoever comes.
func clientsServer(o socketio.Options) (http.Handler, http.HandlerFunc, func(context.Context) error) {
	s := socketio.NewServer(o)
	total := new(counter)
	for _, pattern := range []string{"/", "/private", "/room/{name}"} {
		n := s.Namespace(pattern)
		if pattern == "/private" {
			n.Use(admit)
		}
		n.OnConnect(func(s *socketio.Socket) {
			total.add()
			serveClient(s)
		})
	}
	return s, statsHandler(func() int { return s.Stats().Sockets }, total), s.Close
}

// admit lets in who has the token "good", in the auth object or the query.
func admit(_ context.Context, h *socketio.Handshake) error {
	var auth struct{ Token string }
	if h.Auth != nil {
		json.Unmarshal(h.Auth, &auth)
	}
	switch token := auth.Token + h.Query.Get("token"); token {
	case "good":
		return nil
	case "":
		return &socketio.ConnectError{Message: "no token"}
	default:
		return &socketio.ConnectError{Message: "bad token", Data: map[string]any{"code": 42, "token": token}}
	}
}

// serveClient does what the client asks for.
func serveClient(s *socketio.Socket) {
	s.On("echo", func(_ context.Context, e *socketio.Event) {
		if e.HasAck() {
			e.Ack(anys(e.Args)...)
			return
		}
		s.Emit("echo", anys(e.Args)...)
	})
	s.OnAny(func(_ context.Context, e *socketio.Event) {
		if strings.HasPrefix(e.Name, "any:") {
			s.Emit(e.Name, anys(e.Args)...)
		}
	})
	s.On("sizes", func(_ context.Context, e *socketio.Event) {
		sizes := make([]any, len(e.Args))
		for i, a := range e.Args {
			sizes[i] = len(a.Binary)
		}
		e.Ack(sizes...)
	})
	s.On("ask me", askBack)
	serveOrder(s)
	serveRooms(s)
	s.On("leave me", func(context.Context, *socketio.Event) { s.Disconnect(false) })
	s.On("cut me", func(context.Context, *socketio.Event) { s.Disconnect(true) })
}

// askBack asks the client a question, and acknowledges with its answer.
func askBack(ctx context.Context, e *socketio.Event) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := e.Socket().Call(ctx, "question", anys(e.Args)...)
	if err != nil {
		e.Ack(err.Error())
		return
	}
	e.Ack(anys(answer)...)
}

// serveOrder sends many events, and tells whether those of the client came in order.
func serveOrder(s *socketio.Socket) {
	s.On("burst", func(_ context.Context, e *socketio.Event) {
		var n int
		if len(e.Args) == 1 && e.Args[0].Decode(&n) == nil {
			for i := range n {
				s.Emit("item", i)
			}
		}
	})
	came, inOrder := 0, true
	s.On("item", func(_ context.Context, e *socketio.Event) {
		var n int
		if len(e.Args) != 1 || e.Args[0].Decode(&n) != nil || n != came {
			inOrder = false
		}
		came++
	})
	s.On("items", func(_ context.Context, e *socketio.Event) { e.Ack(came, inOrder) })
}

// serveRooms lets clients talk to each other.
func serveRooms(s *socketio.Socket) {
	text := func(e *socketio.Event, i int) (v string) {
		if i < len(e.Args) {
			e.Args[i].Decode(&v)
		}
		return v
	}
	s.On("join", func(_ context.Context, e *socketio.Event) {
		s.Join(text(e, 0))
		e.Ack()
	})
	s.On("say", func(_ context.Context, e *socketio.Event) {
		if len(e.Args) < 2 {
			return
		}
		n, _ := s.Namespace().To(text(e, 0)).Emit("said", anys(e.Args[1:])...)
		e.Ack(n)
	})
	s.On("say to all", func(_ context.Context, e *socketio.Event) {
		n, _ := s.Namespace().Emit("said", anys(e.Args)...)
		e.Ack(n)
	})
}
