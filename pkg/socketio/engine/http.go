package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// httpError is an error body as the reference server sends it.
type httpError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// The errors of the protocol.
func errTransport() httpError   { return httpError{0, "Transport unknown"} }
func errSession() httpError     { return httpError{1, "Session ID unknown"} }
func errMethod() httpError      { return httpError{2, "Bad handshake method"} }
func errBadRequest() httpError  { return httpError{3, "Bad request"} }
func errForbidden() httpError   { return httpError{4, "Forbidden"} }
func errUnsupported() httpError { return httpError{5, "Unsupported protocol version"} }

func (e httpError) write(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(e)
}

// The Engine.IO revisions that are spoken.
const (
	revision3 = "3"
	revision4 = "4"
)

// ServeHTTP serves handshakes, long-polling and websockets under Options.Path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.TrimSuffix(r.URL.Path, "/") != strings.TrimSuffix(s.o.Path, "/") {
		http.NotFound(w, r)
		return
	}
	if !s.checkOrigin(w, r) && !s.upgradesOldest(r) {
		errForbidden().write(w, http.StatusForbidden)
		return
	}
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	q := r.URL.Query()
	transport, ok := transportOf(q)
	switch {
	case !ok:
		errTransport().write(w, http.StatusBadRequest)
	case q.Get("sid") == "":
		s.handshake(w, r, q, transport)
	default:
		s.resume(w, r, q.Get("sid"), transport)
	}
}

// transportOf returns the transport asked for. Revision 3 clients exist that
// name none and mean polling.
func transportOf(q url.Values) (string, bool) {
	t := q.Get("transport")
	if t == "" && q.Get("EIO") == revision3 {
		t = "polling"
	}
	return t, t == "polling" || t == "websocket"
}

// handshake opens a session.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, q url.Values, transport string) {
	switch {
	case r.Method != http.MethodGet:
		errMethod().write(w, http.StatusBadRequest)
		return
	case q.Get("EIO") != revision3 && q.Get("EIO") != revision4:
		errUnsupported().write(w, http.StatusBadRequest)
		return
	case q.Has("j"): // JSONP, whose requests carry no Origin to be checked
		errTransport().write(w, http.StatusBadRequest)
		return
	case transport == "websocket" && !wantsWebsocket(r):
		errBadRequest().write(w, http.StatusBadRequest)
		return
	}
	data, err := s.authorize(r)
	if err != nil {
		refuse(w, err)
		return
	}
	l := legacyOf(q)
	c := s.newConn(newRequest(r, q, data))
	c.legacy = l
	if transport == "websocket" {
		s.openWebsocket(w, r, c)
		return
	}
	s.openPolling(w, r, c)
}

func (s *Server) authorize(r *http.Request) (any, error) {
	if s.o.Authorize == nil {
		return nil, nil
	}
	return s.o.Authorize(r)
}

// refuse answers a handshake that was not authorized.
func refuse(w http.ResponseWriter, err error) {
	e, status := errForbidden(), http.StatusForbidden
	var he *HandshakeError
	if errors.As(err, &he) {
		if he.Status != 0 {
			status = he.Status
		}
		if he.Code != 0 {
			e.Code = he.Code
		}
		if he.Message != "" {
			e.Message = he.Message
		}
	}
	e.write(w, status)
}

// resume serves a request of a session that exists.
func (s *Server) resume(w http.ResponseWriter, r *http.Request, sid, transport string) {
	c := s.find(sid)
	switch {
	case c == nil:
		errSession().write(w, http.StatusBadRequest)
	case transport == "websocket" && wantsWebsocket(r):
		s.upgradeWebsocket(w, r, c)
	case transport == "websocket":
		errBadRequest().write(w, http.StatusBadRequest)
	case r.Method == http.MethodGet:
		c.servePoll(w, r)
	case r.Method == http.MethodPost:
		c.servePost(w, r)
	default:
		errBadRequest().write(w, http.StatusBadRequest)
	}
}

// newRequest keeps of a request what is worth its memory.
func newRequest(r *http.Request, q url.Values, data any) *Request {
	for _, k := range []string{"EIO", "transport", "sid", "t", "b64", "j"} {
		q.Del(k)
	}
	if len(q) == 0 {
		q = nil
	}
	return &Request{
		Header: keepHeader(r.Header), Query: q, RemoteAddr: r.RemoteAddr,
		Host: strings.Clone(r.Host), Secure: r.TLS != nil, Time: time.Now(), Data: data,
	}
}

// keepHeader copies the headers, but for those that only concern the transport.
func keepHeader(h http.Header) http.Header {
	var kept http.Header
	for k, vs := range h {
		if transportHeader(k) {
			continue
		}
		if kept == nil {
			kept = make(http.Header)
		}
		for _, v := range vs {
			kept[k] = append(kept[k], strings.Clone(v))
		}
	}
	return kept
}

func transportHeader(k string) bool {
	switch k {
	case "Connection", "Upgrade", "Pragma", "Cache-Control", "Dnt", "Content-Length", "Content-Type":
		return true
	}
	for _, p := range []string{"Sec-", "Accept", "If-"} {
		if strings.HasPrefix(k, p) {
			return true
		}
	}
	return false
}
