package auth

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/access"
)

// In the bubble time passes by itself, so Run is seen to wake up when it should.
func TestRunTellsWhenATokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := aDay()
		start := time.Now()
		s, err := New(Options{Records: &memory{}, Now: func() time.Time { return now.Add(time.Since(start)) }})
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan Change, 10)
		s.OnChange(func(c Change) { told <- c })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Second) // Run waits for its next look

		made, secret, err := s.AddToken(NewToken{Name: "guest", Kind: KindClient, ExpiresIn: 5 * time.Second, By: access.Local()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Token(made.ID, secret, "")
		if err != nil {
			t.Fatal(err)
		}
		<-told
		if at := time.Since(start); at > 6*time.Second || s.Current(p) != nil {
			t.Errorf("told after %s", at)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
