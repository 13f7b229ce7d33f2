//go:build long

package socketio

import "testing"

// A day of a busy site: whatever is kept per connection would show.
func TestLongChurnLeavesNothing(t *testing.T) { flat(t, 50_000) }

func TestLongManyThatNeverJoin(t *testing.T) { neverJoin(t, 5000) }

func TestLongStorm(t *testing.T) { rage(t, 3000) }
