package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"gateway/pkg/socketio"
	"gateway/pkg/socketio/client"
)

func Example() {
	srv := socketio.NewServer(socketio.Options{PingInterval: 25 * time.Second, MaxPayload: 1 << 20})
	defer srv.Close(context.Background())
	home := srv.Namespace("/home/{room}")
	home.OnConnect(func(s *socketio.Socket) {
		s.On("light", func(_ context.Context, e *socketio.Event) {
			e.Ack(map[string]any{"ok": true, "room": s.Handshake().Params["room"]}, e.Args[0])
		})
	})
	web := httptest.NewServer(srv)
	defer web.Close()

	c, err := client.Dial(context.Background(), web.URL, client.Options{Namespace: "/home/kitchen"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	answer, err := c.Call(context.Background(), "light", "on")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(answer[0].JSON), string(answer[1].JSON))
	// Output: {"ok":true,"room":"kitchen"} "on"
}

func ExampleNamespace_To() {
	srv := socketio.NewServer(socketio.Options{})
	n := srv.Namespace("/")
	n.To("kitchen", "hall").Except("a socket's id").Emit("temp", 21.5)
	n.To("kitchen").EmitRaw("temp", json.RawMessage(`{"c":21.5}`)) // encoded already
	n.Key("kitchen/temp").Emit("temp", 21.5)                       // a newer one may replace it
	n.Volatile().Emit("cursor", 3, 4)                              // may be dropped
}

func ExampleNamespace_Use() {
	srv := socketio.NewServer(socketio.Options{})
	srv.Namespace("/devices").Use(func(_ context.Context, h *socketio.Handshake) error {
		var auth struct{ Token string }
		if json.Unmarshal(h.Auth, &auth) != nil || auth.Token != "secret" {
			return &socketio.ConnectError{Message: "bad token", Data: map[string]string{"code": "denied"}}
		}
		h.Data = "device 7" // what Socket.Data returns
		return nil
	})
}

func ExampleSocket_Hold() {
	srv := socketio.NewServer(socketio.Options{})
	last := func() json.RawMessage { return json.RawMessage(`21.5`) }
	srv.Namespace("/").OnConnect(func(s *socketio.Socket) {
		s.On("join", func(_ context.Context, e *socketio.Event) {
			s.Hold()
			defer s.Release() // live values follow the old one without a gap
			s.Join("kitchen")
			s.Emit("temp", last())
		})
	})
}

func ExampleOptions_authorize() {
	srv := socketio.NewServer(socketio.Options{
		Authorize: func(r *http.Request) (any, error) {
			cookie, err := r.Cookie("session")
			if err != nil {
				return nil, &socketio.HandshakeError{Status: http.StatusUnauthorized, Message: "sign in first"}
			}
			return cookie.Value, nil // what Handshake.ConnData holds
		},
		AllowOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "https://app.example" },
	})
	http.Handle("/socket.io/", srv)
}
