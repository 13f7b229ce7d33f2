package access

import (
	"testing"

	"gateway/pkg/mapping"
)

func TestCheck(t *testing.T) {
	lamp := &Principal{Kind: KindToken, ID: "lamp", Role: RoleClient, Read: []string{"home/+/state", "$SYS/uptime"}, Write: []string{"home/lamp/#"}}
	for _, c := range []struct {
		who    *Principal
		action Action
		topic  string
		want   bool
	}{
		{Anonymous(), Read, "a/b", true},
		{Anonymous(), Write, "a/b", true},
		{Anonymous(), Read, "$SYS/uptime", false},
		{Anonymous(), Write, "$SYS/uptime", false},
		{System(), Write, "$SYS/uptime", true},
		{lamp, Read, "home/lamp/state", true},
		{lamp, Read, "home/lamp/set", false},
		{lamp, Read, "$SYS/uptime", true},
		{lamp, Write, "home/lamp", true},
		{lamp, Write, "home/lamp/set", true},
		{lamp, Write, "home/plug/set", false},
		{&Principal{}, Read, "a", false},
		{&Principal{Write: []string{"$SYS/#"}}, Write, "$SYS/a", false},
	} {
		if got := Check(c.who, c.action, c.topic); got != c.want {
			t.Errorf("%s %s, action %d on %s: %v, want %v", c.who.Kind, c.who.ID, c.action, c.topic, got, c.want)
		}
	}
}

func TestCoverage(t *testing.T) {
	p := &Principal{Kind: KindToken, Read: []string{"home/kitchen/#", "tele/+/STATE"}}
	for filter, want := range map[string]mapping.Coverage{
		"home/kitchen/+":    mapping.Full,
		"home/kitchen/temp": mapping.Full,
		"home/+/temp":       mapping.Partial,
		"#":                 mapping.Partial,
		"tele/+/STATE":      mapping.Full,
		"tele/plug/+":       mapping.Partial,
		"garden/#":          mapping.None,
	} {
		if got := Coverage(p, filter); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
	if got := Coverage(System(), "$SYS/#"); got != mapping.Full {
		t.Errorf("the gateway itself has %s of $SYS", got)
	}
	if got := Coverage(Anonymous(), "$SYS/#"); got != mapping.None {
		t.Errorf("anonymous clients have %s of $SYS", got)
	}
}
