package app_test

import (
	"strings"
	"testing"
)

func TestReloadTellsWhatItDoesNotApply(t *testing.T) {
	g := start(t, t.TempDir(), anyPorts)
	g.reload <- struct{}{}
	g.await("mappings reloaded")
	if strings.Contains(g.log.String(), "restart") {
		t.Errorf("nothing has changed:\n%s", g.log)
	}
	g.write(anyPorts + "[auth]\nanonymous = \"never\"\n[state]\nmax_topics = 7\n")
	g.reload <- struct{}{}
	g.await(`"keys":["auth.anonymous","state.max_topics"]`)
}
