package app_test

import (
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"gateway/internal/control"
)

// admin is a client of the API with a token of a role.
type admin struct {
	g     *running
	token string
}

// admin makes a token for the API over the control socket, as whoever owns the machine could.
func (g *running) admin(role string) admin {
	g.t.Helper()
	c, err := control.Dial(g.t.Context(), filepath.Join(filepath.Dir(g.file), "data"))
	if err != nil {
		g.t.Fatal(err)
	}
	var made struct{ Token string }
	err = c.Call(g.t.Context(), http.MethodPost, "/api/v1/tokens", map[string]string{"name": role, "kind": "api", "role": role}, &made)
	if err != nil {
		g.t.Fatal(err)
	}
	return admin{g, made.Token}
}

// ask sends a request; body is text, or is sent as JSON.
func (a admin) ask(method, path string, body any, header ...string) answer {
	a.g.t.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			a.g.t.Fatal(err)
		}
		text = string(data)
	}
	return a.g.ask(method, a.g.http+strings.TrimPrefix(path, "/"), text, append(header, "Authorization", "Bearer "+a.token)...)
}

// into reads an answer as JSON; its status has to be the wanted one.
func (a answer) into(t *testing.T, status int, v any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d %s, want %d", a.status, a.body, status)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(a.body), v); err != nil {
			t.Fatalf("%s: %v", a.body, err)
		}
	}
}

// freePort is a port that nobody listens on now, for a gateway that has to come back where it was.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
