package sio

import (
	"testing"
	"time"
)

// A tree that took long to walk is walked again after a while only; one that took no time is always new.
func TestTreesOfTopicsAreWalkedAtAPace(t *testing.T) {
	clock := time.Unix(0, 0)
	walks := 0
	trees := &trees{now: func() time.Time { return clock }}
	ask := func(key string, cost time.Duration) {
		trees.below(key, func() branches {
			walks++
			clock = clock.Add(cost)
			return branches{OK: true, More: walks}
		})
	}
	for range 3 {
		ask("quick", 0)
	}
	if walks != 3 {
		t.Errorf("%d walks that cost nothing, want 3", walks)
	}
	walks = 0
	for range 10 {
		ask("slow", 10*time.Millisecond)
		ask("other", 10*time.Millisecond)
		clock = clock.Add(50 * time.Millisecond)
	}
	if walks != 6 {
		t.Errorf("%d walks in half a second, want 6: one in 200 ms for each", walks)
	}
	walks = 0
	for range 100 {
		ask("huge", 2*time.Second)
		clock = clock.Add(20 * time.Millisecond)
	}
	if walks != 2 {
		t.Errorf("%d walks in two seconds, want 2", walks)
	}
	for i := range 1000 {
		ask(string(rune(i)), time.Second)
	}
	if n := len(trees.known); n > treesKept {
		t.Errorf("%d answers are kept", n)
	}
}
