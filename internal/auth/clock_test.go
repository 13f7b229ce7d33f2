package auth

import (
	"testing"
	"time"

	"gateway/internal/fault"
)

// boot is where a small computer without a battery for its clock begins.
func boot() time.Time { return time.Date(1970, 1, 1, 0, 0, 30, 0, time.UTC) }

func TestAClockThatJumps(t *testing.T) {
	for name, to := range map[string]time.Time{
		"to 1970": boot(), "an hour back": aDay().Add(-time.Hour), "a day on": aDay().Add(24 * time.Hour), "to 2099": aDay().AddDate(73, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.anAdmin()
			fresh := w.login("root", "10.0.0.9:1")
			w.restart()
			later := w.login("root", "10.0.0.9:1")
			w.now = to
			w.sweep()
			if w.with(fresh.Secret) == nil || w.with(later.Secret) == nil {
				t.Error("setting the clock has logged somebody out")
			}
		})
	}
}

func TestABootIn1970(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	l := w.login("root", "10.0.0.9:1")
	expiring, secret := w.token(NewToken{Name: "guest", Kind: KindClient, ExpiresIn: time.Hour})
	kept, keptSecret := w.token(NewToken{Name: "panel", Kind: KindClient})
	w.wait(2 * time.Hour)
	if _, err := w.Token(kept.ID, keptSecret, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	w.now = boot()
	w.restart()
	_, err := w.Token(expiring.ID, secret, "")
	refused(t, "a token that had expired before the power cut", err, fault.Denied, ErrUnauthenticated)
	if _, err := w.Token(kept.ID, keptSecret, ""); err != nil {
		t.Error(err)
	}
	if w.with(l.Secret) == nil {
		t.Error("the login is gone")
	}
	_, _, err = w.AddToken(NewToken{Name: "x", Kind: KindClient, ExpiresIn: time.Hour})
	refused(t, "an end at a date that nobody knows", err, fault.Invalid, ErrField)

	young := w.login("root", "10.0.0.9:1")
	w.now = aDay().Add(3 * time.Hour) // the network is there
	w.sweep()
	if w.with(young.Secret) == nil || w.with(l.Secret) == nil {
		t.Error("the time of day has logged somebody out")
	}
}

func TestAnExpiredTokenLivesAgainWhenTheClockWasWrong(t *testing.T) {
	w := newWorld(t)
	made, secret := w.token(NewToken{Name: "guest", Kind: KindClient, ExpiresIn: time.Hour})
	w.now = aDay().AddDate(1, 0, 0)
	w.sweep()
	if _, err := w.Token(made.ID, secret, ""); err == nil {
		t.Fatal("it did not expire")
	}
	w.now = aDay()
	w.sweep()
	p, err := w.Token(made.ID, secret, "")
	if err != nil {
		t.Fatal(err)
	}
	w.changes = nil
	w.wait(time.Hour)
	if w.sweep(); !w.matched(p) {
		t.Error("the second end was not told")
	}
}
