package web

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, files fs.FS, method, target string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for k, v := range header {
		r.Header[k] = v
	}
	w := httptest.NewRecorder()
	handler(files).ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	files := fstest.MapFS{
		"index.html":    {Data: []byte("<p>page")},
		"js/main.js":    {Data: []byte("plain")},
		"js/main.js.gz": {Data: []byte("packed")},
		".keep":         {},
	}
	gzip := http.Header{"Accept-Encoding": {"br, gzip"}}
	for _, c := range []struct {
		name, method, target string
		header               http.Header
		status               int
		body                 string
	}{
		{"page", "GET", "/", nil, 200, "<p>page"},
		{"plain", "GET", "/js/main.js", nil, 200, "plain"},
		{"packed", "GET", "/js/main.js", gzip, 200, "packed"},
		{"gzip declined", "GET", "/js/main.js", http.Header{"Accept-Encoding": {"gzip;q=0"}}, 200, "plain"},
		{"no packed form", "GET", "/", gzip, 200, "<p>page"},
		{"head", "HEAD", "/", nil, 200, ""},
		{"packed form by name", "GET", "/js/main.js.gz", nil, 404, "404 page not found\n"},
		{"hidden", "GET", "/.keep", nil, 404, "404 page not found\n"},
		{"folder", "GET", "/js", nil, 404, "404 page not found\n"},
		{"outside", "GET", "/../embed.go", nil, 404, "404 page not found\n"},
		{"post", "POST", "/", nil, 405, "method not allowed\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(t, files, c.method, c.target, c.header)
			if w.Code != c.status || w.Body.String() != c.body {
				t.Fatalf("got %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if c.status == 200 && w.Header().Get("Content-Security-Policy") != Policy {
				t.Errorf("policy %q", w.Header().Get("Content-Security-Policy"))
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	files := fstest.MapFS{"a.js": {Data: []byte("plain")}, "a.js.gz": {Data: []byte("packed")}}
	tag := get(t, files, "GET", "/a.js", nil).Header().Get("ETag")
	packed := get(t, files, "GET", "/a.js", http.Header{"Accept-Encoding": {"gzip"}}).Header().Get("ETag")
	if tag == "" || tag == packed {
		t.Fatalf("plain and packed share the tag %q", tag)
	}
	if w := get(t, files, "GET", "/a.js", http.Header{"If-None-Match": {tag}}); w.Code != http.StatusNotModified {
		t.Fatalf("known tag: got %d", w.Code)
	}
}

func TestHashedNamesAreKept(t *testing.T) {
	files := fstest.MapFS{"index.html": {Data: []byte("page")}, "assets/a-1234.js": {Data: []byte("code")}}
	for target, want := range map[string]string{"/assets/a-1234.js": "public, max-age=31536000, immutable", "/": "no-cache"} {
		if got := get(t, files, "GET", target, nil).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

// The policy allows nothing inline and no folder above: the page must work with it, and below any base path.
func TestBuiltPageKeepsToThePolicy(t *testing.T) {
	if !Built() {
		t.Skip("the page has not been built")
	}
	page, err := fs.ReadFile(FS(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<style", " style=", "<script>", " onload=", `src="/`, `href="/`, "http://", "https://"} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("index.html holds %q", bad)
		}
	}
}

func TestNotBuilt(t *testing.T) {
	w := get(t, fstest.MapFS{".keep": {}}, "GET", "/", nil)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Fatalf("got %d %q", w.Code, w.Body)
	}
}

func TestClientJS(t *testing.T) {
	for _, name := range []string{"", "../index.html", "index.html", "socket.io.js/..", "socket.io.none"} {
		if _, ok := ClientJS(name); ok {
			t.Errorf("ClientJS(%q) gave something", name)
		}
	}
	if !Built() {
		t.Skip("the page has not been built")
	}
	for _, name := range []string{"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"} {
		body, ok := ClientJS(name)
		if !ok || !bytes.Contains(body, []byte("Socket.IO v4.8.4")) {
			t.Errorf("ClientJS(%q): %v, %d bytes", name, ok, len(body))
		}
		if source, ok := ClientJS(name + ".map"); !ok || len(source) == 0 {
			t.Errorf("ClientJS(%q) has no map", name)
		}
	}
}
