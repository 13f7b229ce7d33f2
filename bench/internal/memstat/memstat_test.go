package memstat

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFetchSeesWhatTheHandlerServes(t *testing.T) {
	srv := httptest.NewServer(Handler())
	defer srv.Close()
	addr := strings.TrimPrefix(srv.URL, "http://")
	before, known, err := Fetch(t.Context(), addr)
	if err != nil || !known || before.Heap <= 0 || before.Stacks <= 0 || before.Goroutines < 2 {
		t.Fatalf("%+v, %v, %v", before, known, err)
	}
	const size = 32 << 20
	kept := make([]byte, size)
	done := make(chan struct{})
	go func() { <-done }()
	after, _, err := Fetch(t.Context(), addr)
	close(done)
	runtime.KeepAlive(kept)
	if err != nil {
		t.Fatal(err)
	}
	if grown := after.Minus(before); grown.Heap < size-size/8 {
		t.Errorf("heap grew by %.0f bytes, want about %d", grown.Heap, size)
	}
	if after.Used() != after.Heap+after.Stacks {
		t.Errorf("used %.0f of %+v", after.Used(), after)
	}
}

func TestFetchKnowsNodeAndSaysWhatItDoesNotKnow(t *testing.T) {
	for name, tc := range map[string]struct {
		body  string
		code  int
		heap  float64
		known bool
		err   string
	}{
		"node":       {"nodejs_heap_size_used_bytes 7e+06\nnodejs_external_memory_bytes 1000\n", 200, 7_001_000, true, ""},
		"others":     {"# HELP up x\nup 1\n\nnonsense", 200, 0, false, ""},
		"not served": {"go_goroutines 7", 404, 0, false, ""},
		"no number":  {"go_memstats_heap_inuse_bytes much", 200, 0, false, "go_memstats_heap_inuse_bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.code)
				w.Write([]byte(tc.body))
			}))
			defer srv.Close()
			m, known, err := Fetch(t.Context(), strings.TrimPrefix(srv.URL, "http://"))
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("err = %v, want %q", err, tc.err)
			}
			if m.Heap != tc.heap || known != tc.known {
				t.Errorf("heap %v, known %v; want %v, %v", m.Heap, known, tc.heap, tc.known)
			}
		})
	}
}
