package mapping

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamespaces(t *testing.T) {
	table := mustCompile(
		t,
		Rule{Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}", Direction: Out, Room: "{sensor}"},
		Rule{Topic: "cmd/{room}", Namespace: "/home/{room}", Event: "go", Direction: In},
		Rule{Topic: "all/#", Namespace: "/home/kitchen", Event: "any", Direction: Out},
		Rule{Topic: "{a}/{b}/{c...}", Namespace: "/{a}", Event: "{b}/{c...}"},
		Rule{Topic: "n/{c...}", Namespace: "/deep/{c...}/x", Event: "e"},
		Rule{Topic: "u/{client.id}/{w}", Namespace: "/me", Event: "{w}"},
		Rule{Topic: "v/{client.id}/{w}", Namespace: "/you/{client.id}", Event: "{w}"},
		Rule{Topic: "t/{x}", Namespace: "/p-{x}.s", Event: "e"},
		Rule{Topic: "r", Namespace: "/", Event: "e"},
		Rule{Topic: "a/{x}", To: "b/{x}"},
	)
	for _, c := range []struct{ name, want string }{
		{"/home/hall", "r0 home/hall/+ out room, r1 cmd/hall in"},
		{"/home/kitchen", "r0 home/kitchen/+ out room, r1 cmd/kitchen in, r2 all/# out"},
		{"/home/a%2Cb", "r0 home/a,b/+ out room, r1 cmd/a,b in"},
		{"/home/a,b", ""},
		{"/home/a%2Fb", ""},
		{"/home/%2B", ""},
		{"/home/", ""},
		{"/home", "r3 home/+/# out in"},
		{"/deep/a%2Fb/x", "r4 n/a/b out in"},
		{"/me", "r3 me/+/# out in, r5 u/+/+ out in mine u/ann/+"},
		{"/you/ann", "r6 v/ann/+ out in mine v/ann/+"},
		{"/you/bob", "r6 v/bob/+ out in mine "},
		{"/p-1.s", "r3 p-1.s/+/# out in, r7 t/1 out in"},
		{"/p-.s", "r3 p-.s/+/# out in"},
		{"/", "r8 r out in"},
		{"", ""},
		{"/admin", ""},
		{"/mqtt/x", ""},
		{"/devices", ""},
		{"/" + strings.Repeat("n", MaxNamespace), ""},
		{"/%zz", ""},
		{"/%", ""},
	} {
		var words []string
		for _, b := range table.NamespaceRules(c.name) {
			words = append(words, showBound(b))
		}
		if got := strings.Join(words, ", "); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
		if table.HasNamespace(c.name) != (c.want != "") {
			t.Errorf("HasNamespace(%q) is %v", c.name, table.HasNamespace(c.name))
		}
	}
}

func showBound(b Bound) string {
	s := fmt.Sprint(b.Rule.Name(), " ", b.Filter)
	for _, f := range []struct {
		on   bool
		word string
	}{{b.Outbound, " out"}, {b.Inbound, " in"}, {b.HasRoom, " room"}, {b.ClientID, " mine " + b.FilterFor("ann")}} {
		if f.on {
			s += f.word
		}
	}
	return s
}

// TestFilterForOddIDs gives no filter to ids that would widen it.
func TestFilterForOddIDs(t *testing.T) {
	b := mustCompile(t, Rule{Topic: "u/{client.id}/{w}", Namespace: "/me", Event: "{w}"}).NamespaceRules("/me")[0]
	for _, id := range []string{"", "+", "#", "a/b", "a\x00"} {
		if got := b.FilterFor(id); got != "" {
			t.Errorf("id %q reads %q", id, got)
		}
	}
}
