package access

import (
	"slices"
	"testing"
)

func TestCapabilities(t *testing.T) {
	all := []Capability{Publish, View, EditMappings, EditDevices, EditLinks, EditUsers, EditTokens, EditSettings, Backup}
	for role, want := range map[Role][]Capability{
		RoleAdmin:    all,
		RoleOperator: {Publish, View, EditMappings, EditDevices},
		RoleViewer:   {View},
		RoleClient:   {Publish},
		RoleDevice:   {Publish},
		"":           nil,
		"root":       nil,
	} {
		for _, c := range all {
			if got := Can(&Principal{Role: role}, c); got != slices.Contains(want, c) {
				t.Errorf("%q, %s: %v", role, c, got)
			}
		}
	}
	if Can(nil, View) {
		t.Error("nobody may view")
	}
	if Can(Anonymous(), View) {
		t.Error("an anonymous client may view what people do")
	}
}

func TestPeopleReadEverythingAndOnlySomeWrite(t *testing.T) {
	for role, writes := range map[Role]bool{RoleAdmin: true, RoleOperator: true, RoleViewer: false} {
		p := &Principal{Kind: KindUser, ID: "ann", Role: role}
		p.Read, p.Write = role.Topics()
		if !Check(p, Read, "home/x") || !Check(p, Read, "$SYS/uptime") {
			t.Errorf("%s does not read everything", role)
		}
		if Check(p, Write, "home/x") != writes {
			t.Errorf("%s writes: %v", role, !writes)
		}
		if Check(p, Write, "$SYS/x") {
			t.Errorf("%s writes $SYS", role)
		}
	}
}

func TestExpand(t *testing.T) {
	patterns := []string{"devices/{client.id}/#", "home/#"}
	for id, want := range map[string][]string{
		"lamp-2": {"devices/lamp-2/#", "home/#"},
		"Küche":  {"devices/Küche/#", "home/#"},
		"a/b":    {"home/#"},
		"+":      {"home/#"},
		"#":      {"home/#"},
		"":       {"home/#"},
		"$SYS":   {"home/#"},
		"a\x00":  {"home/#"},
		"a b":    {"home/#"},
		"\xff":   {"home/#"},
		"{x}":    {"home/#"},
	} {
		if got := Expand(patterns, id); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("lamp")
	f.Add("a/b")
	f.Add("+")
	f.Fuzz(func(t *testing.T, id string) {
		p := &Principal{Kind: KindToken, ID: id, Read: Expand([]string{"d/{client.id}/#"}, id)}
		if Check(p, Read, "d/other/x") && id != "other" {
			t.Errorf("%q reads another's topics: %q", id, p.Read)
		}
	})
}
