package auth

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

func asRefusal(err error, r **Refusal) bool { return errors.As(err, r) }

func (w *world) claim(code string) error {
	_, err := w.Claim(context.Background(), code, "ann", good, Sender{Address: "10.0.0.9:1"})
	return err
}

func TestClaiming(t *testing.T) {
	w := newWorld(t)
	if w.Claimed() {
		t.Fatal("claimed from the start")
	}
	code, err := w.SetupCode(false)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(code.Code) || !code.ExpiresAt.Equal(aDay().Add(15*time.Minute)) {
		t.Errorf("%+v", code)
	}
	refused(t, "a wrong code", w.claim("AAAA-AAAA"), fault.Denied, nil)
	refused(t, "no code", w.claim(""), fault.Denied, nil)
	if err := w.claim("AAAA-AAAA"); !strings.Contains(err.Error(), "gateway setup-code") {
		t.Errorf("it does not say where the code is: %v", err)
	}
	_, err = w.Claim(context.Background(), code.Code, "ann", "1234567890", Sender{Address: "10.0.0.9:1"})
	refused(t, "a weak password", err, fault.Invalid, ErrField)

	typed := strings.ToLower(strings.ReplaceAll(code.Code, "-", " "))
	l, err := w.Claim(context.Background(), typed, "ann", good, Sender{Address: "10.0.0.9:1"})
	if err != nil {
		t.Fatal(err)
	}
	if p := w.with(l.Secret); p == nil || p.Role != access.RoleAdmin || p.ID != "ann" || !w.Claimed() {
		t.Errorf("the owner is %+v", p)
	}
	refused(t, "once more", w.claim(code.Code), fault.Invalid, ErrConflict)
	_, err = w.SetupCode(true)
	refused(t, "a code for a gateway that has an owner", err, fault.Invalid, ErrConflict)
	w.restart()
	if !w.Claimed() {
		t.Error("a restart has lost the owner")
	}
}

func TestASetupCodeExpires(t *testing.T) {
	w := newWorld(t)
	old, _ := w.SetupCode(false)
	w.wait(15*time.Minute - time.Second)
	if same, _ := w.SetupCode(false); same.Code != old.Code {
		t.Error("it changed early")
	}
	w.wait(time.Second)
	refused(t, "the old code", w.claim(old.Code), fault.Denied, nil)
	if len(w.codes) != 2 || w.codes[0].Code != old.Code || w.codes[1].Code == old.Code {
		t.Errorf("shown: %+v", w.codes)
	}
	if err := w.claim(w.codes[1].Code); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

func TestGuessingTheSetupCodeIsLimited(t *testing.T) {
	w := newWorld(t)
	code, _ := w.SetupCode(false)
	for range 8 {
		refused(t, "a guess", w.claim("AAAA-AAAA"), fault.Denied, nil)
	}
	refused(t, "the right one after too many", w.claim(code.Code), fault.RateLimited, nil)
	w.wait(30 * time.Second)
	if err := w.claim(code.Code); err != nil {
		t.Error(err)
	}
}

func TestOnlyOneClaims(t *testing.T) {
	w := newWorld(t)
	code, _ := w.SetupCode(false)
	results := make(chan error, 2)
	for _, name := range []string{"ann", "bob"} {
		go func() {
			_, err := w.Claim(context.Background(), code.Code, name, good, Sender{Address: "10.0.0.9:1"})
			results <- err
		}()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) || len(w.Users()) != 1 {
		t.Errorf("%v, %v, %d users", a, b, len(w.Users()))
	}
}

func FuzzReadCode(f *testing.F) {
	f.Add("7qk2-m9xd")
	f.Add("OIL0 1111")
	f.Fuzz(func(t *testing.T, typed string) {
		if got := readCode(typed); got != "" && readCode(got) != got {
			t.Errorf("%q became %q, which is another code", typed, got)
		}
	})
}
