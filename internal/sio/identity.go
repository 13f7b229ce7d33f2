package sio

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/trace"
	"gateway/pkg/socketio"
)

// A connection is nobody: who it is, each of its sockets says for itself when it connects to a namespace. It may bring a
// token then, in its auth object; else the handshake's request speaks for it: its Authorization header, its ?token=, its
// cookie, or the address that it comes from.

// seat is who a socket belongs to. It may change while the socket lives, as tokens do.
type seat struct {
	p     atomic.Pointer[access.Principal]
	first *access.Principal // who it was when it connected
}

func principalOf(s *socketio.Socket) *access.Principal { return seatOf(s).p.Load() }

func seatOf(s *socketio.Socket) *seat {
	return s.Handshake().ConnData.(*seat) // admitting put it there, or there would be no socket
}

// authorize lets a connection in that nobody is known behind yet, for as long as it takes to say who it is.
func (s *Surface) authorize(r *http.Request) (any, error) {
	_, err := s.options.Identify(r)
	if err == nil {
		return &visitor{}, nil
	}
	if fault.CodeOf(err) == fault.Denied {
		if v := s.lobby.enter(hostOf(r.RemoteAddr)); v != nil {
			return v, nil
		}
		err = fault.New(fault.RateLimited, "too many connections wait to say who they are")
	}
	s.drop(err, hostOf(r.RemoteAddr))
	return nil, &socketio.HandshakeError{Status: http.StatusForbidden, Code: 4, Message: fault.MessageOf(err)}
}

// seated runs for each socket that wants to join a namespace, before anything is told about the namespace.
func (s *Surface) seated(_ context.Context, h *socketio.Handshake) error {
	p, err := s.identify(h)
	if err != nil {
		return s.refuseConnect(h, hostOf(h.RemoteAddr), err)
	}
	at := &seat{first: p}
	at.p.Store(p)
	s.lobby.leave(h.ConnData.(*visitor))
	h.ConnData, h.Owner = at, ownerOf(p)
	return nil
}

// refuseConnect is the connect_error that a client gets: a sentence, and {code, message} as its data.
func (s *Surface) refuseConnect(h *socketio.Handshake, who string, err error) error {
	s.drop(err, who+" "+h.Namespace)
	return &socketio.ConnectError{Message: fault.MessageOf(err), Data: errorOf(err)}
}

func (s *Surface) drop(err error, source string) {
	s.drops.Add(trace.Key{Where: "socketio", Reason: string(fault.CodeOf(err))}, source, fault.MessageOf(err))
}

// identify finds out who is behind a socket, from what it brought.
func (s *Surface) identify(h *socketio.Handshake) (*access.Principal, error) {
	token, given, err := tokenIn(h.Auth)
	switch {
	case err != nil:
		return nil, err
	case !given:
		return s.options.Identify(s.requestOf(h))
	case s.options.Token == nil:
		return nil, fault.New(fault.Denied, "this gateway knows no tokens")
	}
	return s.options.Token(token, h.RemoteAddr)
}

// tokenIn returns the token of an auth object, which may hold other things too.
func tokenIn(auth json.RawMessage) (token string, given bool, err error) {
	var a struct {
		Token *string `json:"token"`
	}
	var wrongType *json.UnmarshalTypeError
	switch err := json.Unmarshal(auth, &a); {
	case len(auth) == 0:
		return "", false, nil
	case errors.As(err, &wrongType) && wrongType.Field == "token":
		return "", false, fault.New(fault.Denied, "auth.token has to be a string")
	case err != nil || a.Token == nil || *a.Token == "":
		return "", false, nil // an auth object of the application's own
	}
	return *a.Token, true, nil
}

// requestOf is the handshake's request as far as it says who makes it, with the query of a Socket.IO 2 namespace in it.
func (s *Surface) requestOf(h *socketio.Handshake) *http.Request {
	r := &http.Request{
		Method: http.MethodGet, URL: &url.URL{Path: s.options.Path, RawQuery: h.Query.Encode()},
		Header: h.Header, Host: h.Host, RemoteAddr: h.RemoteAddr,
	}
	if h.Secure {
		r.TLS = &tls.ConnectionState{}
	}
	return r
}

// ownerOf says who may take up a lost socket's state: the same principal with the same rights, and nobody else who learned
// its id.
func ownerOf(p *access.Principal) string {
	parts := []string{string(p.Kind), p.ID, p.Grant, string(p.Role), strings.Join(p.Read, "\x01")}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// hostOf takes the port away from an address.
func hostOf(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	return cmp.Or(host, addr)
}
