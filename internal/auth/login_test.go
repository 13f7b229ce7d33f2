package auth

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

func (w *world) try(name, password, from string) error {
	_, err := w.Login(context.Background(), name, password, Sender{Address: from})
	return err
}

func TestAWrongNameAndAWrongPasswordAreAlike(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	name, password := w.try("nobody", good, "10.0.0.9:1"), w.try("root", "not this one", "10.0.0.9:1")
	refused(t, "a wrong name", name, fault.Denied, nil)
	refused(t, "a wrong password", password, fault.Denied, nil)
	if name.Error() != password.Error() {
		t.Errorf("%q, %q", name, password)
	}
	if w.try("ROOT", good, "10.0.0.9:1") != nil {
		t.Error("capitals in a name matter")
	}
	refused(t, "a password of a megabyte", w.try("root", strings.Repeat("x", 1<<20), "10.0.0.9:1"), fault.Denied, nil)
}

func TestGuessingIsLimitedByAddress(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	for n := range 10 {
		refused(t, fmt.Sprint("guess ", n), w.try(fmt.Sprint("user", n), "guess", "10.0.0.66:1"), fault.Denied, nil)
	}
	err := w.try("root", good, "10.0.0.66:9")
	refused(t, "one guess more, though right", err, fault.RateLimited, nil)
	if r := (*Refusal)(nil); !asRefusal(err, &r) || r.After <= 0 || r.After > 30*time.Second {
		t.Errorf("come again after %+v", r)
	}
	if err := w.try("root", good, "10.0.0.9:1"); err != nil {
		t.Errorf("others have to wait too: %v", err)
	}
	w.wait(30 * time.Second)
	if err := w.try("root", good, "10.0.0.66:1"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	for range 50 { // who knows the password is not limited
		if err := w.try("root", good, "10.0.0.9:1"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGuessingOneUserIsLimitedFromEverywhere(t *testing.T) {
	w := newWorld(t)
	w.anAdmin()
	home := w.login("root", "10.0.0.9:1")
	for n := range 20 {
		refused(t, "a guess", w.try("root", "guess", fmt.Sprintf("10.0.1.%d:1", n)), fault.Denied, nil)
	}
	refused(t, "from one more address", w.try("root", good, "10.0.1.99:1"), fault.RateLimited, nil)
	refused(t, "a user that does not exist, likewise", func() error {
		for n := range 20 {
			_ = w.try("nobody", "guess", fmt.Sprintf("10.0.2.%d:1", n))
		}
		return w.try("nobody", "guess", "10.0.2.99:1")
	}(), fault.RateLimited, nil)
	if err := w.try("root", good, "10.0.0.9:5"); err != nil {
		t.Errorf("strangers lock the owner out at home: %v", err)
	}
	_ = w.EndSession(home.Session.ID)
}

func TestTheLimiterIsBounded(t *testing.T) {
	l := newLimiter(3, time.Minute)
	for range 3 {
		l.spend("guesser", 0)
	}
	for n := range 3 * maxBuckets {
		l.spend(fmt.Sprint("flood ", n), 0)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("it remembers %d", len(l.buckets))
	}
	if l.spend("guesser", 0) == 0 {
		t.Error("a flood of other addresses lets the guesser go on")
	}
	if wait := l.spend("guesser", time.Minute-time.Second); wait <= 0 || wait > time.Second {
		t.Errorf("wait %s", wait)
	}
	if l.spend("guesser", time.Minute) != 0 {
		t.Error("it never may again")
	}
}

func TestNetworks(t *testing.T) {
	for remote, want := range map[string]string{
		"10.0.0.9:1": "10.0.0.9", "[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64", "[::ffff:10.0.0.9]:1": "10.0.0.9",
		"[fe80::1%eth0]:1": "fe80::/64", "gateway.sock": "gateway.sock",
	} {
		if got := networkOf(remote); got != want {
			t.Errorf("%s is %s, want %s", remote, got, want)
		}
	}
}

func TestOneHashAtATime(t *testing.T) {
	h := newHasher()
	h.turn <- struct{}{} // somebody hashes
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, maxWaiting)
	for range maxWaiting {
		go func() { _, err := h.hash(ctx, good); results <- err }()
	}
	for len(h.queue) < maxWaiting {
		time.Sleep(time.Millisecond) // no event says that they wait
	}
	_, err := h.hash(ctx, good)
	refused(t, "one more", err, fault.RateLimited, nil)
	cancel()
	for range maxWaiting {
		refused(t, "who was told to go", <-results, fault.Timeout, nil)
	}
}

func TestHashes(t *testing.T) {
	h := newHasher()
	text, err := h.hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := h.hash(t.Context(), good); again == text {
		t.Error("no salt")
	}
	for password, want := range map[string]bool{good: true, good + " ": false, "": false} {
		if ok, err := h.matches(t.Context(), password, text); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := h.matches(t.Context(), good, ""); ok || err != nil {
		t.Errorf("nobody's password: %v, %v", ok, err)
	}
}

func FuzzDecodeHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=4294967295,t=2,p=1$AAAA$AAAA")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		if c, _, key, err := decodeHash(text); err == nil && (c.memory > 64<<10 || c.passes > 10 || len(key) != keyLen) {
			t.Errorf("%q would cost %+v", text, c)
		}
	})
}

func BenchmarkLogin(b *testing.B) {
	h := newHasher()
	text, _ := h.hash(b.Context(), good)
	for b.Loop() {
		_, _ = h.matches(b.Context(), good, text)
	}
}

func BenchmarkToken(b *testing.B) {
	s, err := New(Options{Records: &memory{}})
	if err != nil {
		b.Fatal(err)
	}
	t, secret, err := s.AddToken(NewToken{Name: "panel", Kind: KindClient, By: access.Local()})
	if err != nil {
		b.Fatal(err)
	}
	token := t.ID + "." + secret
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.ParseToken(token, "10.0.0.7:1"); err != nil {
			b.Fatal(err)
		}
	}
}
