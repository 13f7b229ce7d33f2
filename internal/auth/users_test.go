package auth

import (
	"context"
	"strings"
	"testing"

	"gateway/internal/access"
	"gateway/internal/fault"
)

func TestUserNamesAndPasswords(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	w.token(NewToken{Name: "panel", Kind: KindClient})
	for what, c := range map[string]struct {
		name, password string
		role           access.Role
		why            error
	}{
		"a name that is taken":      {"ROOT", good, access.RoleAdmin, ErrConflict},
		"the name of a token":       {"panel", good, access.RoleAdmin, ErrConflict},
		"the gateway's name":        {"gateway", good, access.RoleAdmin, ErrConflict},
		"a name with a level":       {"a/b", good, access.RoleAdmin, ErrField},
		"a wildcard for a name":     {"+", good, access.RoleAdmin, ErrField},
		"no name":                   {"", good, access.RoleAdmin, ErrField},
		"a name of the gateway's $": {"$SYS", good, access.RoleAdmin, ErrField},
		"a role from nowhere":       {"ann", good, "boss", ErrField},
		"a role of things":          {"ann", good, access.RoleClient, ErrField},
		"a short password":          {"ann", "correct h", access.RoleAdmin, ErrField},
		"a long password":           {"ann", strings.Repeat("xy7 ", 70), access.RoleAdmin, ErrField},
		"a common one":              {"ann", "Passw0rd123!", access.RoleAdmin, ErrField},
		"a run":                     {"ann", "1234567890", access.RoleAdmin, ErrField},
		"a run back":                {"ann", "0987654321", access.RoleAdmin, ErrField},
		"along the keyboard":        {"ann", "qwertzuiop", access.RoleAdmin, ErrField},
		"one letter":                {"ann", "aaaaaaaaaaaa", access.RoleAdmin, ErrField},
		"a piece over and over":     {"ann", "abc1abc1abc1", access.RoleAdmin, ErrField},
		"the product":               {"ann", "raspberry2026", access.RoleAdmin, ErrField},
		"one's own name":            {"annabelle", "Annabelle1234", access.RoleAdmin, ErrField},
		"bytes that are no text":    {"ann", "\xff\xfe good enough", access.RoleAdmin, ErrField},
	} {
		_, err := w.AddUser(context.Background(), c.name, c.password, c.role)
		refused(t, what, err, fault.Invalid, c.why)
	}
	for _, name := range []string{"ann", "Jürgen", "bob@house.example", "a.b-c_d"} {
		w.user(name, access.RoleViewer)
	}
}

func TestTheFirstUserIsAnAdmin(t *testing.T) {
	w := newWorld(t)
	_, err := w.AddUser(context.Background(), "ann", good, access.RoleViewer)
	refused(t, "a viewer first", err, fault.Invalid, ErrConflict)
	if w.Claimed() {
		t.Error("claimed without an owner")
	}
}

func TestTheLastAdminStays(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	w.user("ann", access.RoleOperator)
	refused(t, "remove the last admin", w.RemoveUser("root", "*"), fault.Invalid, ErrConflict)
	_, err := w.SetRole("root", "*", access.RoleViewer)
	refused(t, "demote the last admin", err, fault.Invalid, ErrConflict)

	if _, err := w.SetRole("ann", "*", access.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	if err := w.RemoveUser("root", "*"); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if list := w.Users(); len(list) != 1 || list[0].ID != "ann" || list[0].Role != access.RoleAdmin {
		t.Errorf("after a restart: %+v", list)
	}
}

func TestAChangeNeedsTheNewestRevision(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	before := w.user("ann", access.RoleViewer)
	w.login("ann", "10.0.0.9:1")
	if now, _ := w.UserByID("ann"); now.Revision != before.Revision {
		t.Error("logging in changed the revision")
	}
	after, err := w.SetRole("ann", before.Revision, access.RoleOperator)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SetRole("ann", before.Revision, access.RoleAdmin)
	refused(t, "a stale revision", err, fault.Invalid, ErrStale)
	refused(t, "a stale removal", w.RemoveUser("ann", before.Revision), fault.Invalid, ErrStale)
	w.restart()
	if now, _ := w.UserByID("ann"); now.Revision != after.Revision {
		t.Error("a restart changed the revision")
	}
	refused(t, "nobody", w.RemoveUser("nobody", "*"), fault.Invalid, ErrNotFound)
}

func TestARoleHoldsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	w.user("ann", access.RoleOperator)
	p := w.login("ann", "10.0.0.9:1").Principal
	if !access.Check(p, access.Write, "home/x") {
		t.Fatal("an operator does not write")
	}
	if _, err := w.SetRole("ann", "*", access.RoleViewer); err != nil {
		t.Fatal(err)
	}
	if !w.matched(p) {
		t.Error("nobody was told")
	}
	now := w.Current(p)
	if now == nil || now.Role != access.RoleViewer || access.Check(now, access.Write, "home/x") {
		t.Errorf("now %+v", now)
	}
}

func TestNothingSecretIsKept(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	_, secret := w.token(NewToken{Name: "panel", Kind: KindClient})
	code, _ := newWorld(t).SetupCode(false)
	for _, s := range []string{good, l.Secret, secret, code.Code} {
		if s == "" || strings.Contains(w.records.text(), s) {
			t.Errorf("%q is in the records", s)
		}
	}
}

func TestWhatIsNotWrittenIsNotInForce(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	tok, secret := w.token(NewToken{Name: "panel", Kind: KindClient})
	w.records.broken = errDisk
	for what, change := range map[string]func() error{
		"a user":   func() error { _, err := w.AddUser(context.Background(), "ann", good, access.RoleAdmin); return err },
		"a role":   func() error { _, err := w.SetRole("root", "*", access.RoleAdmin); return err },
		"a token":  func() error { _, _, err := w.AddToken(NewToken{Name: "x", Kind: KindClient}); return err },
		"a change": func() error { _, err := w.ChangeToken(tok.ID, "*", TokenChange{Read: &[]string{"a"}}); return err },
		"a login":  func() error { _, err := w.Login(context.Background(), "root", good, Sender{}); return err },
		"an end":   func() error { return w.RemoveToken(tok.ID, "*") },
	} {
		if err := change(); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	if p, err := w.Token(tok.ID, secret, ""); err != nil || p.Read[0] != "#" {
		t.Errorf("the token is %+v, %v", p, err)
	}
	if len(w.Users()) != 1 || len(w.Tokens()) != 1 || len(w.Sessions("")) != 0 {
		t.Error("what was not written is there")
	}
}

func TestAUserThatCannotBeReadIsNotForgotten(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	w.records.m[bucketUsers]["root"] = "{"
	if _, err := New(Options{Records: w.records}); err == nil {
		t.Error("a gateway that lost its owner would let itself be claimed")
	}
}
