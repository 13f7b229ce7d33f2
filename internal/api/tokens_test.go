package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
)

func TestTokens(t *testing.T) {
	h := newHouse(t, auth.Never)
	root := h.user("root", access.RoleAdmin)
	var made MadeToken
	root.want(http.StatusCreated, http.MethodPost, "tokens", NewToken{Name: "Kitchen panel", Kind: auth.KindClient, Read: []string{"home/{client.id}/#"}, ExpiresIn: "30d"}, &made)
	left := 0 * time.Second
	if made.ExpiresAt != nil {
		left = time.Until(*made.ExpiresAt)
	}
	if made.ID != "kitchen-panel" || made.Whole != made.ID+"."+made.Secret || made.MQTT != (MQTTCredential{made.ID, made.Secret}) ||
		made.CreatedBy != "user root" || left < 719*time.Hour || left > 720*time.Hour {
		t.Errorf("%+v", made)
	}
	for _, path := range []string{"tokens", "tokens/kitchen-panel"} {
		if a := root.want(http.StatusOK, http.MethodGet, path, nil, nil); strings.Contains(string(a.body), made.Secret) || strings.Contains(string(a.body), "hash") {
			t.Errorf("%s gives secrets away: %s", path, a.body)
		}
	}
	name, never := "Panel", "never"
	root.want(http.StatusPreconditionRequired, http.MethodPatch, "tokens/kitchen-panel", TokenChange{Name: &name}, nil)
	var changed Token
	root.want(http.StatusOK, http.MethodPatch, "tokens/kitchen-panel", TokenChange{Name: &name, ExpiresIn: &never}, &changed, "If-Match", etag(made.Revision))
	if changed.Name != name || changed.ExpiresAt != nil || changed.Read[0] != "home/{client.id}/#" {
		t.Errorf("%+v", changed)
	}
	root.want(http.StatusPreconditionFailed, http.MethodDelete, "tokens/kitchen-panel", nil, nil, "If-Match", etag(made.Revision))
	root.want(http.StatusNoContent, http.MethodDelete, "tokens/kitchen-panel", nil, nil, "If-Match", etag(changed.Revision))
	root.want(http.StatusNotFound, http.MethodGet, "tokens/kitchen-panel", nil, nil)
}

func TestWhatATokenMayDo(t *testing.T) {
	h := newHouse(t, auth.Never)
	root := h.user("root", access.RoleAdmin)
	for _, c := range []struct {
		kind     auth.TokenKind
		role     access.Role
		view     int // GET sessions
		identity int // GET users
	}{
		{auth.KindAPI, access.RoleAdmin, 200, 200},
		{auth.KindAPI, access.RoleOperator, 200, 403},
		{auth.KindAPI, access.RoleViewer, 200, 403},
		{auth.KindClient, "", 403, 403},
		{auth.KindDevice, "", 403, 403},
	} {
		var made MadeToken
		root.want(http.StatusCreated, http.MethodPost, "tokens", NewToken{Name: "x", Kind: c.kind, Role: c.role}, &made)
		p := h.visitor()
		p.token = made.Whole
		p.want(c.view, http.MethodGet, "sessions", nil, nil)
		p.want(c.identity, http.MethodGet, "users", nil, nil)
		p.want(c.identity, http.MethodGet, "tokens", nil, nil)
		if s := p.session(); !s.Authenticated || s.User != nil || s.Principal.ID != made.ID {
			t.Errorf("%s: %+v", c.kind, s)
		}
		p.token += "x"
		p.want(http.StatusUnauthorized, http.MethodGet, "sessions", nil, nil)
	}
}

func TestWrongTokensSayWhichField(t *testing.T) {
	h := newHouse(t, auth.Never)
	root := h.user("root", access.RoleAdmin)
	for field, n := range map[string]NewToken{
		"name":       {Name: " ", Kind: auth.KindClient},
		"kind":       {Name: "x", Kind: "boss"},
		"role":       {Name: "x", Kind: auth.KindAPI},
		"write[1]":   {Name: "x", Kind: auth.KindClient, Write: []string{"a", "a/#/b"}},
		"expires_in": {Name: "x", Kind: auth.KindClient, ExpiresIn: "soon"},
	} {
		a := root.want(http.StatusUnprocessableEntity, http.MethodPost, "tokens", n, nil)
		if !strings.Contains(string(a.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", field, a.body)
		}
	}
}

func TestLifetimes(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "never": 0, "720h": 720 * time.Hour, "1d": 24 * time.Hour, "30d": 720 * time.Hour, "90s": 90 * time.Second} {
		if got, err := lifetime(text); err != nil || got != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"-1h", "0s", "0d", "-3d", "d", "1.5d", "99999999d", "soon", "2000000h"} {
		if got, err := lifetime(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}
