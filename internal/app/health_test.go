package app

import (
	"testing"

	"gateway/internal/api"
)

// A link that was cut off and is now refused is down all the time: a page that shows why has to be told.
func TestACauseThatChangesIsShownAnew(t *testing.T) {
	down := func(cause string) string {
		return shownOf(api.Health{Checks: []api.Check{{ID: "link:house", State: api.StateBad, Title: "link house is down", Cause: cause}}})
	}
	if down("EOF") == down("connection refused") {
		t.Error("pages go on showing EOF")
	}
	if before, after := down("EOF"), down("EOF"); before != after {
		t.Error("pages ask again though nothing changed")
	}
}
