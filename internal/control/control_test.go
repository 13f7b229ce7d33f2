package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/control"
)

// whoami answers with what the gateway would take the caller for, and what it asked.
func whoami(t *testing.T) http.Handler {
	policy, err := auth.New(auth.Options{Records: nothing{}, Policy: auth.Policy{Anonymous: auth.Never}})
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/refuse") {
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"detail":"it is taken","errors":[{"remedy":"take another"}]}`))
			return
		}
		p, err := policy.Identify(r)
		if err != nil {
			t.Error(err)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"kind": string(p.Kind), "path": r.URL.Path, "match": r.Header.Get("If-Match"), "host": r.Host})
	})
}

type nothing struct{}

func (nothing) PutRecord(string, string, []byte) error                       { return nil }
func (nothing) DeleteRecord(string, string) error                            { return nil }
func (nothing) EachRecord(string, func(key string, data []byte) error) error { return nil }

func serve(t *testing.T, dir string) {
	t.Helper()
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: control.Handler(whoami(t), "/gw/")}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
}

func TestWhoeverOpensTheSocketIsTheOwner(t *testing.T) {
	for name, dir := range map[string]string{
		"a short path": t.TempDir(),
		"a long path":  filepath.Join(t.TempDir(), strings.Repeat("a-directory-with-a-long-name/", 8)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			serve(t, dir)
			c, err := control.Dial(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]string
			if err := c.Call(t.Context(), http.MethodPost, "/api/v1/users", map[string]string{}, &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"kind": string(access.KindLocal), "path": "/gw/api/v1/users", "match": "*", "host": "localhost"}
			for k, v := range want {
				if got[k] != v {
					t.Errorf("%s is %q, want %q", k, got[k], v)
				}
			}
			var refused *control.Refused
			if err := c.Call(t.Context(), http.MethodGet, "/refuse", nil, nil); !errors.As(err, &refused) || err.Error() != "it is taken; take another" {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestTheSocketIsForItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	i, err := os.Stat(filepath.Join(dir, "gateway.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if i.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %o", i.Mode().Perm())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("making it left something behind: %v", entries)
	}
}

func TestASocketLeftBehindIsReplaced(t *testing.T) {
	dir := t.TempDir()
	if _, err := control.Dial(t.Context(), dir); !errors.Is(err, control.ErrNotRunning) {
		t.Fatalf("without a socket: %v", err)
	}
	dead, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	path, aside := filepath.Join(dir, "gateway.sock"), filepath.Join(dir, "aside")
	if err := os.Rename(path, aside); err != nil { // so that Close leaves it, as a kill does
		t.Fatal(err)
	}
	dead.Close()
	if err := os.Rename(aside, path); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Dial(t.Context(), dir); !errors.Is(err, control.ErrNotRunning) {
		t.Fatalf("with the socket of a dead gateway: %v", err)
	}
	serve(t, dir)
	if _, err := control.Dial(context.Background(), dir); err != nil {
		t.Error(err)
	}
}

func TestClosingRemovesTheSocket(t *testing.T) {
	dir := t.TempDir()
	l, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("it left %v", entries)
	}
}

func TestDirect(t *testing.T) {
	c := control.Direct(whoami(t))
	var got map[string]string
	if err := c.Call(t.Context(), http.MethodGet, "/api/v1/tokens", nil, &got); err != nil || got["kind"] != "local" || got["path"] != "/api/v1/tokens" {
		t.Errorf("%v, %v", got, err)
	}
	var refused *control.Refused
	if err := c.Call(t.Context(), http.MethodGet, "/refuse", nil, nil); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("refused with %v", err)
	}
}
