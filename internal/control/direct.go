package control

import (
	"bytes"
	"io"
	"net/http"
)

// direct answers requests by a handler in this process.
type direct struct{ handler http.Handler }

// RoundTrip answers one request.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context())
	if own.Body == nil {
		own.Body = http.NoBody
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(w, own)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(w.body.Len()),
	}, nil
}

// answer collects what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
