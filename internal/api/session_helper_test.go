package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/fault"
	"gateway/internal/trace"
)

// records keeps identities in memory.
type records struct {
	mu sync.Mutex
	m  map[string]map[string][]byte
}

func (r *records) PutRecord(bucket, key string, data []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]map[string][]byte{}
	}
	if r.m[bucket] == nil {
		r.m[bucket] = map[string][]byte{}
	}
	r.m[bucket][key] = data
	return nil
}

func (r *records) DeleteRecord(bucket, key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.m[bucket], key)
	return nil
}

func (r *records) EachRecord(string, func(string, []byte) error) error { return nil }

// first is a gateway that has nothing but a name.
type first struct{ name, zone string }

func (f *first) About(context.Context) SetupState { return SetupState{Name: f.name, TimeZone: f.zone} }

func (f *first) SetName(_ context.Context, name, zone string) error {
	f.name, f.zone = name, zone
	return nil
}

func (f *first) CheckName(_, zone string) error {
	if zone == "Mars" {
		return fault.New(fault.Invalid, "no such zone")
	}
	return nil
}

// house is a server with the resources of who is who, on a real port.
type house struct {
	t       *testing.T
	auth    *auth.Service
	first   *first
	url     string
	mu      sync.Mutex
	elapsed time.Duration
	changes []auth.Change
}

func newHouse(t *testing.T, mode auth.Mode) *house {
	t.Helper()
	h := &house{t: t, first: &first{name: "attic", zone: "UTC"}}
	var err error
	h.auth, err = auth.New(auth.Options{Records: &records{}, Policy: auth.Policy{Anonymous: mode}, Elapsed: func() time.Duration {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.elapsed
	}})
	if err != nil {
		t.Fatal(err)
	}
	h.auth.OnChange(func(c auth.Change) { h.changes = append(h.changes, c) })
	server := httptest.NewServer(New(Options{
		BasePath: "/", SocketPath: "/socket.io/", SocketIO: http.NotFoundHandler(), Page: http.NotFoundHandler(), Metrics: http.NotFoundHandler(),
		Drops: trace.NewDrops(slog.New(slog.DiscardHandler)), Identity: h.auth, FirstRun: h.first, Identify: h.auth.Identify,
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// person is a browser, or a program with a token.
type person struct {
	*house
	http.Client
	token string
}

func (h *house) visitor() *person {
	jar, _ := cookiejar.New(nil)
	return &person{house: h, Client: http.Client{Jar: jar}}
}

const horse = "a horse of staples"

// user makes a user, and logs it in.
func (h *house) user(name string, role access.Role) *person {
	h.t.Helper()
	if _, err := h.auth.AddUser(h.t.Context(), name, horse, role); err != nil {
		h.t.Fatal(err)
	}
	p := h.visitor()
	p.want(http.StatusCreated, http.MethodPost, "session", Credentials{name, horse}, nil)
	return p
}

// reply is what a request got.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request to /api/v1/path; header holds names and values.
func (p *person) ask(method, path string, body any, header ...string) reply {
	p.t.Helper()
	var text io.Reader
	if body != nil {
		b, _ := json.Marshal(body)
		text = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, p.url+"/api/v1/"+path, text)
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := p.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, b}
}

// want asks, wants that status, and decodes the answer into out, if that is not nil.
func (p *person) want(status int, method, path string, body, out any, header ...string) reply {
	p.t.Helper()
	a := p.ask(method, path, body, header...)
	if a.status != status {
		p.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	if out != nil {
		if err := json.Unmarshal(a.body, out); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
	return a
}

func (p *person) session() (s SessionState) {
	p.t.Helper()
	p.want(http.StatusOK, http.MethodGet, "session", nil, &s)
	return s
}
