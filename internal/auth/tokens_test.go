package auth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

func TestTokens(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		n           NewToken
		kind        access.Kind
		role        access.Role
		read, write []string
		secret      int // length
	}{
		"client":   {NewToken{Name: "Kitchen panel", Kind: KindClient}, access.KindToken, access.RoleClient, []string{"#"}, []string{"#"}, 52},
		"narrow":   {NewToken{Name: "lamp", Kind: KindClient, Read: []string{"home/{client.id}/set"}, Write: []string{}}, access.KindToken, access.RoleClient, []string{"home/lamp/set"}, []string{}, 52},
		"device":   {NewToken{Name: "Plug 7", Kind: KindDevice}, access.KindDevice, access.RoleDevice, []string{"devices/plug-7/#"}, []string{"devices/plug-7/#"}, 32},
		"operator": {NewToken{Name: "script", Kind: KindAPI, Role: access.RoleOperator}, access.KindToken, access.RoleOperator, []string{"#", "$SYS/#"}, []string{"#"}, 52},
		"viewer":   {NewToken{Name: "watch", Kind: KindAPI, Role: access.RoleViewer}, access.KindToken, access.RoleViewer, []string{"#", "$SYS/#"}, nil, 52},
	} {
		t.Run(name, func(t *testing.T) {
			made, secret := w.token(c.n)
			if len(secret) != c.secret {
				t.Errorf("the secret has %d characters", len(secret))
			}
			for range 2 {
				p, err := w.ParseToken(made.ID+"."+secret, "10.0.0.7:1")
				if err != nil {
					t.Fatal(err)
				}
				if p.Kind != c.kind || p.ID != made.ID || p.Role != c.role || !slices.Equal(p.Read, c.read) || !slices.Equal(p.Write, c.write) {
					t.Errorf("%+v", p)
				}
				w.restart()
			}
		})
	}
}

func TestIDsOfTokens(t *testing.T) {
	w := newWorld(t)
	w.user("ann", access.RoleAdmin)
	for _, c := range [][2]string{
		{"Kitchen panel", "kitchen-panel"},
		{"kitchen-panel", "kitchen-panel-2"},
		{"Küche: Straße 7", "kuche-strasse-7"},
		{"ann", "ann-2"},
		{"anonymous", "anonymous-2"},
		{"灯", "token"},
		{"a/+/#", "a"},
		{"  --x--  ", "x"},
		{strings.Repeat("long ", 12), "long-long-long-long-long-long-long-long"},
	} {
		if made, _ := w.token(NewToken{Name: c[0], Kind: KindClient}); made.ID != c[1] {
			t.Errorf("%q became %q, want %q", c[0], made.ID, c[1])
		}
	}
}

func FuzzSlug(f *testing.F) {
	for _, s := range []string{"Kitchen panel", "../x", "ä{client.id}", "$SYS"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if id := slug(name); !access.ValidID(id) || strings.ContainsAny(id, ".: ") || len(id) > 48 {
			t.Errorf("%q became %q", name, id)
		}
	})
}

func TestTokensThatAreRefused(t *testing.T) {
	w := newWorld(t)
	past := aDay().Add(-time.Hour)
	for what, n := range map[string]NewToken{
		"no name":                {Kind: KindClient},
		"a name of two lines":    {Name: "a\nb", Kind: KindClient},
		"no kind":                {Name: "a"},
		"an api token, no role":  {Name: "a", Kind: KindAPI},
		"an api token, a client": {Name: "a", Kind: KindAPI, Role: access.RoleClient},
		"api with patterns":      {Name: "a", Kind: KindAPI, Role: access.RoleViewer, Read: []string{"home/#"}},
		"a bad filter":           {Name: "a", Kind: KindClient, Read: []string{"home/#/x"}},
		"an empty filter":        {Name: "a", Kind: KindClient, Write: []string{""}},
		"another capture":        {Name: "a", Kind: KindClient, Read: []string{"home/{room}"}},
		"writing $SYS":           {Name: "a", Kind: KindClient, Write: []string{"$SYS/#"}},
		"too many filters":       {Name: "a", Kind: KindClient, Read: slices.Repeat([]string{"a"}, 65)},
		"an end in the past":     {Name: "a", Kind: KindClient, ExpiresAt: &past},
	} {
		n.By = access.Local()
		_, _, err := w.AddToken(n)
		refused(t, what, err, fault.Invalid, ErrField)
	}
}

func TestHowTokensAreSent(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	made, secret := w.token(NewToken{Name: "panel", Kind: KindClient})
	whole := made.ID + "." + secret
	basic := func(id, secret string) *http.Request {
		r := request("10.0.0.9:1", "gateway")
		r.SetBasicAuth(id, secret)
		return r
	}
	query := request("10.0.0.9:1", "gateway")
	query.URL.RawQuery = "EIO=3&token=" + whole
	badQuery := request("10.0.0.9:1", "gateway", "Cookie", "gateway="+l.Secret)
	badQuery.URL.RawQuery = "token=panel.x"
	for what, c := range map[string]struct {
		r    *http.Request
		want string // id of the principal; "" for refused
	}{
		"bearer":                     {request("10.0.0.9:1", "gateway", "Authorization", "Bearer "+whole), "panel"},
		"lower case":                 {request("10.0.0.9:1", "gateway", "Authorization", "bearer "+whole), "panel"},
		"basic":                      {basic("panel", secret), "panel"},
		"query":                      {query, "panel"},
		"a cookie":                   {request("10.0.0.9:1", "gateway", "Cookie", "gateway="+l.Secret), "root"},
		"token before cookie":        {request("10.0.0.9:1", "gateway", "Authorization", "Bearer "+whole, "Cookie", "gateway="+l.Secret), "panel"},
		"wrong, with a good cookie":  {request("10.0.0.9:1", "gateway", "Authorization", "Bearer panel.x", "Cookie", "gateway="+l.Secret), ""},
		"wrong query, a good cookie": {badQuery, ""},
		"wrong secret":               {basic("panel", secret+"x"), ""},
		"no secret":                  {basic("panel", ""), ""},
		"nobody":                     {basic("nobody", secret), ""},
		"the secret alone":           {request("10.0.0.9:1", "gateway", "Authorization", "Bearer "+secret), ""},
		"another scheme":             {request("10.0.0.9:1", "gateway", "Authorization", "Digest x"), ""},
		"a user's password":          {basic("root", good), ""},
		"a cookie as a token":        {request("10.0.0.9:1", "gateway", "Authorization", "Bearer root."+l.Secret), ""},
		"nothing":                    {request("10.0.0.9:1", "gateway"), ""},
	} {
		p, err := w.Identify(c.r)
		switch {
		case c.want == "":
			refused(t, what, err, fault.Denied, ErrUnauthenticated)
		case err != nil || p.ID != c.want:
			t.Errorf("%s: %v, %v", what, p, err)
		}
	}
	marked := request("10.0.0.9:1", "gateway")
	if p, err := w.Identify(marked.WithContext(WithPrincipal(context.Background(), access.Local()))); err != nil || p.Kind != access.KindLocal {
		t.Errorf("the control socket: %v, %v", p, err)
	}
}

func TestChangesOfATokenHoldAtOnce(t *testing.T) {
	w := newWorld(t)
	made, secret := w.token(NewToken{Name: "panel", Kind: KindClient})
	p, _ := w.Token(made.ID, secret, "")
	if w.Current(p) != p {
		t.Fatal("it is somebody else before anything changed")
	}

	changed, err := w.ChangeToken(made.ID, made.Revision, TokenChange{Read: &[]string{"home/#"}})
	if err != nil {
		t.Fatal(err)
	}
	now := w.Current(p)
	if !w.matched(p) || now == nil || now.Equal(p) || !slices.Equal(now.Read, []string{"home/#"}) || !slices.Equal(now.Write, []string{"#"}) {
		t.Errorf("after a change: %+v", now)
	}
	_, err = w.ChangeToken(made.ID, made.Revision, TokenChange{})
	refused(t, "a stale change", err, fault.Invalid, ErrStale)

	w.changes = nil
	if err := w.RemoveToken(made.ID, changed.Revision); err != nil {
		t.Fatal(err)
	}
	if !w.matched(p) || w.Current(p) != nil {
		t.Error("it goes on after it was removed")
	}
	_, err = w.Token(made.ID, secret, "")
	refused(t, "a removed token", err, fault.Denied, ErrUnauthenticated)

	again, _ := w.token(NewToken{Name: "panel", Kind: KindClient})
	if again.ID != made.ID {
		t.Fatal("the id is not free again")
	}
	if w.Current(p) != nil {
		t.Error("the old one is the new one")
	}
}

func TestTokensExpire(t *testing.T) {
	w := newWorld(t)
	made, secret := w.token(NewToken{Name: "guest", Kind: KindClient, ExpiresIn: time.Hour})
	forever, _ := w.token(NewToken{Name: "panel", Kind: KindClient})
	p, _ := w.Token(made.ID, secret, "")
	if next := w.sweep(); next > lookEvery {
		t.Errorf("looks again in %s", next)
	}
	w.wait(time.Hour - time.Second)
	if next := w.sweep(); next > time.Second || w.matched(p) {
		t.Errorf("a second before: looks in %s", next)
	}
	w.wait(time.Second)
	if w.Current(p) != nil {
		t.Error("it goes on")
	}
	_, err := w.Token(made.ID, secret, "")
	refused(t, "an expired token", err, fault.Denied, ErrUnauthenticated)
	w.sweep()
	if !w.matched(p) || w.matched(&access.Principal{Kind: access.KindToken, ID: forever.ID}) {
		t.Error("the wrong connections were told")
	}
	told := len(w.changes)
	if w.sweep(); len(w.changes) != told {
		t.Error("told twice")
	}

	never := time.Duration(0)
	if _, err := w.ChangeToken(made.ID, "*", TokenChange{ExpiresIn: &never}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(made.ID, secret, ""); err != nil {
		t.Error(err)
	}
}

func TestAnExpiredTokenCanBeRenamed(t *testing.T) {
	w := newWorld(t)
	made, _ := w.token(NewToken{Name: "guest", Kind: KindClient, ExpiresIn: time.Hour})
	w.wait(2 * time.Hour)
	name := "old guest"
	if got, err := w.ChangeToken(made.ID, "*", TokenChange{Name: &name}); err != nil || got.ExpiresAt == nil || got.Name != name {
		t.Errorf("%+v, %v", got, err)
	}
}
