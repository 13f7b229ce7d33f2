package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
)

func TestLoggingIn(t *testing.T) {
	h := newHouse(t, auth.Never)
	h.user("Root", access.RoleAdmin)
	v := h.visitor()
	if s := v.session(); s.Authenticated || !s.Claimed || s.Principal != nil || len(s.Can) != 0 || s.Can == nil {
		t.Errorf("a visitor is %+v", s)
	}
	wrong := v.want(http.StatusForbidden, http.MethodPost, "session", Credentials{"root", "a wrong one"}, nil)
	nobody := v.want(http.StatusForbidden, http.MethodPost, "session", Credentials{"nobody", horse}, nil)
	if string(wrong.body) != string(nobody.body) || len(wrong.header.Values("Set-Cookie")) != 0 {
		t.Errorf("%s, %s", wrong.body, nobody.body)
	}

	var s SessionState
	a := v.want(http.StatusCreated, http.MethodPost, "session", Credentials{"root", horse}, &s)
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"gateway=", "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	if !s.Authenticated || s.User == nil || s.User.ID != "root" || s.User.Username != "Root" || s.User.Role != access.RoleAdmin ||
		!slices.Contains(s.Can, access.Backup) || s.ExpiresAt == nil || !s.ExpiresAt.After(time.Now()) {
		t.Errorf("%+v", s)
	}
	if again := v.session(); again.User == nil || again.Principal.Kind != access.KindUser {
		t.Errorf("the cookie gives %+v", again)
	}

	v.want(http.StatusNoContent, http.MethodDelete, "session", nil, nil)
	if s := v.session(); s.Authenticated {
		t.Errorf("logged out, it is %+v", s)
	}
	if len(h.changes) != 1 {
		t.Errorf("%d changes told to sockets", len(h.changes))
	}
	v.want(http.StatusNoContent, http.MethodDelete, "session", nil, nil)
}

func TestLoggingInAgainEndsTheOldLogin(t *testing.T) {
	h := newHouse(t, auth.Never)
	p := h.user("root", access.RoleAdmin)
	p.want(http.StatusCreated, http.MethodPost, "session", Credentials{"root", horse}, nil)
	if n := len(h.auth.Sessions("")); n != 1 {
		t.Errorf("%d logins of one browser", n)
	}
}

func TestTooManyWrongPasswords(t *testing.T) {
	h := newHouse(t, auth.Never)
	v := h.visitor()
	var a reply
	for range 11 {
		a = v.ask(http.MethodPost, "session", Credentials{"root", "guess"})
	}
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(string(a.body), `"rate_limited"`) {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}

func TestAnonymousClientsAreNotLoggedIn(t *testing.T) {
	v := newHouse(t, auth.Always).visitor()
	if s := v.session(); s.Authenticated || s.Claimed || s.Principal == nil || s.Principal.Kind != access.KindAnonymous || !slices.Equal(s.Can, []access.Capability{access.Publish}) {
		t.Errorf("%+v", s)
	}
	for _, path := range []string{"users", "tokens", "sessions"} {
		v.want(http.StatusUnauthorized, http.MethodGet, path, nil, nil)
	}
}

func TestOnesOwnLoginsAndOthers(t *testing.T) {
	h := newHouse(t, auth.Never)
	root, ann := h.user("root", access.RoleAdmin), h.user("ann", access.RoleViewer)
	var all, own SessionList
	root.want(http.StatusOK, http.MethodGet, "sessions", nil, &all)
	ann.want(http.StatusOK, http.MethodGet, "sessions", nil, &own)
	if len(all.Items) != 2 || len(own.Items) != 1 || own.Items[0].Username != "ann" || !own.Items[0].Current || own.Items[0].Address != "127.0.0.1" {
		t.Fatalf("%+v, %+v", all, own)
	}
	i := slices.IndexFunc(all.Items, func(s Session) bool { return s.Current })
	if i < 0 || all.Items[i].Username != "root" {
		t.Errorf("root's own is %+v", all)
	}
	ann.want(http.StatusNotFound, http.MethodDelete, "sessions/"+all.Items[i].ID, nil, nil)
	root.want(http.StatusNoContent, http.MethodDelete, "sessions/"+own.Items[0].ID, nil, nil)
	ann.want(http.StatusUnauthorized, http.MethodGet, "sessions", nil, nil)
	root.want(http.StatusNotFound, http.MethodDelete, "sessions/"+own.Items[0].ID, nil, nil)
}
