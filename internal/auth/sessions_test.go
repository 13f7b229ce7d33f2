package auth

import (
	"context"
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// with is the principal that a cookie gives, nil for none.
func (w *world) with(secret string) *access.Principal {
	r := request("10.0.0.9:1", "gateway:8090")
	r.AddCookie(Cookie(r, secret))
	p, err := w.Identify(r)
	if err != nil {
		return nil
	}
	return p
}

func TestALoginLasts(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	for n := range 13 { // used each 11 hours
		w.wait(11 * time.Hour)
		if w.sweep(); w.with(l.Secret) == nil {
			t.Fatalf("it ended after %d hours, though it is used", 11*(n+1))
		}
	}
	w.wait(26 * time.Hour)
	if w.with(l.Secret) != nil {
		t.Error("it lasts longer than a week")
	}

	idle := w.login("root", "10.0.0.9:1")
	w.wait(12*time.Hour - time.Second)
	if w.with(idle.Secret) == nil {
		t.Error("it ended early")
	}
	w.wait(12 * time.Hour)
	if w.Current(idle.Principal) != nil || w.with(idle.Secret) != nil {
		t.Error("it lasts though nobody uses it")
	}
	w.changes = nil
	w.sweep()
	if !w.matched(idle.Principal) || len(w.Sessions("")) != 0 {
		t.Error("its sockets were not told")
	}
}

func TestALoginSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	w.wait(10 * time.Hour)
	w.with(l.Secret)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	w.wait(10 * time.Hour)
	w.restart()
	p := w.with(l.Secret)
	if p == nil || p.Session != l.Session.ID || p.Role != access.RoleAdmin {
		t.Fatalf("after a restart: %+v", p)
	}
	if s := w.Sessions("root"); len(s) != 1 || s[0].Address != "10.0.0.9" || s[0].Agent != "test" || !s[0].CreatedAt.Equal(aDay()) {
		t.Errorf("%+v", s)
	}
	w.wait(13 * time.Hour)
	w.restart()
	if w.with(l.Secret) != nil || len(w.records.m[bucketSessions]) != 0 {
		t.Error("it came back after it had ended")
	}
}

func TestTheDiskIsSpared(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	tok, secret := w.token(NewToken{Name: "panel", Kind: KindClient})
	before := w.records.writes
	for range 100 {
		w.wait(time.Second)
		w.with(l.Secret)
		if _, err := w.Token(tok.ID, secret, "10.0.0.7:5"); err != nil {
			t.Fatal(err)
		}
		w.sweep()
	}
	if w.records.writes != before {
		t.Errorf("%d writes for being used", w.records.writes-before)
	}
	for range 2 {
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if w.records.writes != before+1 {
		t.Errorf("%d writes to keep it all", w.records.writes-before)
	}
	w.restart()
	got, _ := w.TokenByID(tok.ID)
	if got.LastUsedAt == nil || !got.LastUsedAt.Equal(w.now) || got.LastUsedFrom != "10.0.0.7" {
		t.Errorf("last used %v from %q", got.LastUsedAt, got.LastUsedFrom)
	}
}

func TestAPasswordEndsTheOtherLogins(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	own, other := w.login("root", "10.0.0.9:1"), w.login("root", "10.0.0.8:1")
	wrong, right := "not this one", good
	err := w.SetPassword(context.Background(), "root", "another horse", &wrong, own.Session.ID)
	refused(t, "a wrong current password", err, fault.Denied, nil)
	if err := w.SetPassword(context.Background(), "root", "another horse", &right, own.Session.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if w.with(own.Secret) == nil {
			t.Error("one's own login ended")
		}
		if w.with(other.Secret) != nil || w.Current(other.Principal) != nil {
			t.Error("the other login goes on")
		}
		w.restart()
	}
	_, err = w.Login(context.Background(), "root", good, Sender{})
	refused(t, "the old password", err, fault.Denied, nil)
	if _, err := w.Login(context.Background(), "root", "another horse", Sender{}); err != nil {
		t.Error(err)
	}
}

func TestRemovingAUserEndsItsLogins(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	w.user("ann", access.RoleViewer)
	l := w.login("ann", "10.0.0.9:1")
	if err := w.RemoveUser("ann", "*"); err != nil {
		t.Fatal(err)
	}
	if w.with(l.Secret) != nil || !w.matched(l.Principal) {
		t.Error("she is still in")
	}
	w.user("ann", access.RoleAdmin)
	w.restart()
	if w.with(l.Secret) != nil {
		t.Error("the old login is the new user's")
	}
}

func TestEndingALogin(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	a, b := w.login("root", "10.0.0.9:1"), w.login("root", "10.0.0.9:1")
	if err := w.EndSession(a.Session.ID); err != nil {
		t.Fatal(err)
	}
	if w.with(a.Secret) != nil || w.with(b.Secret) == nil {
		t.Error("the wrong one ended")
	}
	if !w.matched(a.Principal) || w.matched(b.Principal) {
		t.Error("the wrong sockets were told")
	}
	refused(t, "once more", w.EndSession(a.Session.ID), fault.Invalid, ErrNotFound)
}

func TestAPersonHasTwentyLogins(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	first := w.login("root", "10.0.0.9:1")
	second := w.login("root", "10.0.0.9:1")
	w.wait(time.Minute)
	w.with(first.Secret)
	for range userLogins - 1 {
		w.login("root", "10.0.0.9:1")
	}
	if len(w.Sessions("root")) != userLogins || w.with(first.Secret) == nil || w.with(second.Secret) != nil {
		t.Errorf("%d logins; the one that was idle longest should have ended", len(w.Sessions("root")))
	}
}

func TestCookies(t *testing.T) {
	plain, secure := request("10.0.0.9:1", "gateway"), request("10.0.0.9:1", "gateway")
	secure.TLS = &tls.ConnectionState{}
	for r, name := range map[*http.Request]string{plain: "gateway", secure: "__Host-gateway"} {
		c := Cookie(r, "x")
		if c.Name != name || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != (r.TLS != nil) || c.Path != "/" || c.Domain != "" {
			t.Errorf("%+v", c)
		}
	}
	if c := Cookie(plain, ""); c.MaxAge >= 0 {
		t.Errorf("it does not end: %+v", c)
	}

	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	secure.AddCookie(&http.Cookie{Name: "gateway", Value: l.Secret}) // as somebody on the way could have set it
	if _, err := w.Identify(secure); err == nil {
		t.Error("TLS takes a cookie that came without")
	}
	two := request("10.0.0.9:1", "gateway", "Cookie", "gateway=of-another-gateway; gateway="+l.Secret)
	if _, err := w.Identify(two); err != nil {
		t.Errorf("a second gateway on the host: %v", err)
	}
}
