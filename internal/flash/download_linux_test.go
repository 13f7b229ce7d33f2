package flash_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gateway/internal/fault"
	"gateway/internal/flash"
	"gateway/internal/flash/image"
	"gateway/internal/flash/simulator"
)

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestDownload(t *testing.T) {
	img := simulator.ImageOf(64 << 10)
	mux := http.NewServeMux()
	mux.HandleFunc("/image", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(img) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, image.MaxSize+1)) })
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(img[:1000])
	})
	mux.Handle("/moved", http.RedirectHandler("/image", http.StatusFound))
	mux.Handle("/around", http.RedirectHandler("/around", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.Handle("/ftp", http.RedirectHandler("ftp://127.0.0.1/x", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()
	sum := sumOf(img)
	for path, c := range map[string]struct {
		sum  string
		code fault.Code // "" for success
		says string
	}{
		"/image":  {sum, "", ""},
		"/moved":  {sum, "", ""},
		"/image?": {strings.Repeat("0", 64), fault.Invalid, sum}, // it says what it got
		"/large":  {sum, fault.TooLarge, "no image"},
		"/short":  {sum, fault.Unavailable, "broke off"},
		"/none":   {sum, fault.Unavailable, "404"},
		"/around": {sum, fault.Unavailable, "sent us on"},
		"/file":   {sum, fault.Unavailable, "not https"},
		"/ftp":    {sum, fault.Unavailable, "not https"},
	} {
		data, err := flash.Download(t.Context(), flash.Pin{URL: server.URL + path, SHA256: c.sum})
		switch {
		case c.code == "" && (err != nil || !bytes.Equal(data, img)):
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		case c.code != "" && (fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %s and %q", path, err, c.code, c.says)
		}
	}
	if _, err := flash.Download(t.Context(), flash.Pin{URL: server.URL + "/image"}); err == nil {
		t.Error("something was downloaded that nobody pinned")
	}
}

func TestADownloadNeverLeavesHTTPS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	req, _ := http.NewRequest(http.MethodGet, plain.URL, nil)
	secure, _ := http.NewRequest(http.MethodGet, "https://example.org", nil)
	if err := flash.Redirect(req, []*http.Request{secure}); err == nil {
		t.Error("from https to http, where anybody on the way can write")
	}
	if err := flash.Redirect(secure, []*http.Request{req}); err != nil {
		t.Errorf("from http to https: %v", err)
	}
}

func TestADownloadEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	if _, err := flash.Download(ctx, flash.Pin{URL: server.URL, SHA256: strings.Repeat("0", 64)}); err == nil {
		t.Error("it ended well")
	}
}
