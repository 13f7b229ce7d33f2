package rules

import (
	"os"
	"strings"
	"testing"

	"gateway/pkg/mapping"
)

// demoMappings are rules of many kinds.
func demoMappings(t testing.TB) string {
	text, err := os.ReadFile("../demo/mappings.toml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExportIsReadBackAsItWas(t *testing.T) {
	w := newWorld(t, room("file"))
	in, err := w.Import("ann", demoMappings(t), true)
	if err != nil || !in.Applied || len(in.Problems) > 0 {
		t.Fatalf("%+v %v", in.Problems, err)
	}
	first := w.export()
	w.restart() // from the JSON of the records
	if got := w.export(); got != first {
		t.Errorf("after a restart: %s\nwant %s", got, first)
	}
	again, err := w.Import("ann", first, true)
	if err != nil || !again.Applied || again.Undo != "" {
		t.Errorf("%+v %v", again, err)
	}
	for _, c := range again.Changes {
		if c.Kind != "same" {
			t.Errorf("%s is not the same: %+v, was %+v", c.Name, c.Rule, c.Old)
		}
	}
	other := newWorld(t)
	if _, err := other.Import("ann", first, true); err != nil {
		t.Fatal(err)
	}
	if got := other.export(); got != first {
		t.Errorf("on another gateway: %s\nwant %s", got, first)
	}
	for _, r := range other.table.RunTests() {
		if !r.OK {
			t.Errorf("%s: %s", r.Rule, r.Text)
		}
	}
}

func TestImportShowsWhatItWouldDo(t *testing.T) {
	w := newWorld(t, room("file"))
	w.create(room("a"))
	w.create(room("b"))
	edited := room("b")
	edited.QoS, edited.Direction = 1, ""
	off := room("off")
	off.Disabled = true
	text := Format([]mapping.Rule{room("a"), edited, off})
	in, err := w.Import("ann", text, false)
	if err != nil || in.Applied || len(in.Problems) > 0 {
		t.Fatalf("%+v %v", in, err)
	}
	kinds := ""
	for _, c := range in.Changes {
		kinds += c.Name + ":" + c.Kind + " "
	}
	if kinds != "a:same b:update off:create " || in.Changes[1].Old.QoS != 0 || in.Changes[1].Rule.QoS != 1 {
		t.Errorf("%s %+v", kinds, in.Changes)
	}
	if got := w.inForce(); got != "file a b" {
		t.Errorf("a look changed %s", got)
	}
	if in, err := w.Import("ann", text, true); err != nil || !in.Applied || w.export() != text {
		t.Errorf("%v, now\n%s", err, w.export())
	}
}

func TestImportIsAllOrNothing(t *testing.T) {
	for name, c := range map[string]struct{ text, field, message string }{
		"a name of the file's": {Format([]mapping.Rule{room("good"), room("file")}), "name", "written in the config file"},
		"an unknown key":       {"[[mapping]]\nname = \"x\"\ncolour = 1\n", "colour", "unknown key"},
		"what cannot run":      {Format([]mapping.Rule{room("good"), {Name: "x", Topic: "a"}}), "namespace", "no target"},
		"one name twice":       {Format([]mapping.Rule{room("good"), room("good")}), "name", "another mapping has this name"},
		"no TOML":              {"[[mapping", "", "toml"},
		"a failing test": {Format([]mapping.Rule{{
			Name: "x", Topic: "a", Namespace: "/a", Event: "a", Tests: []mapping.Test{{Topic: "a", Payload: "1", Expect: mapping.Expect{Payload: 2}}},
		}}), "test.0", "the test fails"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, room("file"))
			in, err := w.Import("ann", c.text, true)
			if err != nil || in.Applied || len(in.Problems) == 0 || w.inForce() != "file" {
				t.Fatalf("%+v %v; in force %s", in, err, w.inForce())
			}
			if p := in.Problems[0]; p.Field != c.field || !strings.Contains(p.Message, c.message) {
				t.Errorf("got %+v", in.Problems)
			}
		})
	}
}

// FuzzImport: no text breaks the service, and what is taken is exported as it was taken.
func FuzzImport(f *testing.F) {
	f.Add(demoMappings(f))
	f.Add("[[mapping]]\nname = \"x\"\ntopic = \"a\"\nto = \"b\"\n[[mapping.test]]\ntopic = \"a\"\nexpect = { payload = [1.0, 2, {a = nan}] }\n")
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t)
		in, err := w.Import("ann", text, true)
		if err != nil || !in.Applied {
			return
		}
		first := w.export()
		w.restart()
		if again := w.export(); again != first {
			t.Fatalf("stored %s\nwas %s", again, first)
		}
		twice, err := w.Import("ann", first, true)
		if err != nil || len(twice.Problems) > 0 || twice.Undo != "" {
			t.Fatalf("exported %s\nis not the same: %+v %v", first, twice, err)
		}
	})
}

func TestAFaultOfTheTOMLHasItsLine(t *testing.T) {
	_, problems := Parse("[[mapping]]\nname = \"a\"\ntopic = = \"b\"\n")
	if len(problems) != 1 || problems[0].Line != 3 || problems[0].Message == "" {
		t.Errorf("got %+v", problems)
	}
}
