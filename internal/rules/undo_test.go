package rules

import (
	"fmt"
	"testing"

	"gateway/pkg/mapping"
)

// TestUndo makes each kind of change, takes it back, and takes that back too.
func TestUndo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, m Mapping) (string, error)
		after  string
	}{
		"create": {func(w *world, _ Mapping) (string, error) {
			_, undo, err := w.Create("ann", room("new"), true, false)
			return undo, err
		}, "a b c new"},
		"edit": {func(w *world, m Mapping) (string, error) {
			r := m.Rule
			r.Name = "b2"
			_, undo, err := w.Update("ann", m.ID, m.Revision, r, true, false)
			return undo, err
		}, "a b2 c"},
		"turn off": {func(w *world, m Mapping) (string, error) {
			_, undo, err := w.SetEnabled("ann", m.ID, m.Revision, false, false)
			return undo, err
		}, "a c"},
		"delete": {func(w *world, m Mapping) (string, error) {
			return w.Delete("ann", m.ID, m.Revision)
		}, "a c"},
		"order": {func(w *world, m Mapping) (string, error) {
			items, revision := w.List()
			return w.Reorder("ann", revision, []string{items[2].ID, items[1].ID, items[0].ID})
		}, "c b a"},
		"import": {func(w *world, m Mapping) (string, error) {
			in, err := w.Import("ann", Format([]mapping.Rule{{Name: "b", Topic: "b", Namespace: "/b", Event: "b"}, room("d")}), true)
			return in.Undo, err
		}, "a b c d"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.create(room("a"))
			m, _ := w.create(room("b"))
			w.create(room("c"))
			before := w.export()
			undo, err := c.change(w, m)
			if err != nil || undo == "" {
				t.Fatalf("undo %q: %v", undo, err)
			}
			after := w.export()
			if got := w.inForce(); got != c.after || after == before {
				t.Fatalf("the change made %q", got)
			}
			w.restart() // a restart takes nothing away
			redo, err := w.Undo("ann", undo)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.export(); got != before {
				t.Errorf("undone: %s\nwant %s", got, before)
			}
			if _, err := w.Undo("ann", redo); err != nil {
				t.Fatal(err)
			}
			w.restart()
			if got := w.export(); got != after {
				t.Errorf("done again: %s\nwant %s", got, after)
			}
		})
	}
}

func (w *world) export() string {
	text, err := w.Export(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func TestUndoIsRefusedWhereSomebodyWentOn(t *testing.T) {
	w := newWorld(t)
	m, created := w.create(room("a"))
	_, off, err := w.SetEnabled("ann", m.ID, m.Revision, false, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Undo("ann", created)
	refused(t, err, ErrConflict, "", "")
	other, _ := w.create(room("b")) // another rule is in nobody's way
	if _, err := w.Undo("ann", off); err != nil {
		t.Error(err)
	}
	if _, err := w.Delete("bob", other.ID, "*"); err != nil {
		t.Fatal(err)
	}
	_, err = w.Undo("ann", "zzzz")
	refused(t, err, ErrConflict, "", "")
}

func TestTheLogIsBounded(t *testing.T) {
	w := newWorld(t)
	m, first := w.create(room("a"))
	for i := range maxLog {
		m, _, _ = w.SetEnabled("ann", m.ID, m.Revision, i%2 == 1, false)
	}
	if n := len(w.records.data[bucketLog]); n != maxLog {
		t.Errorf("%d changes are kept", n)
	}
	_, err := w.Undo("ann", first)
	refused(t, err, ErrConflict, "", "")
}

func TestNothingChangedIsNothingToUndo(t *testing.T) {
	w := newWorld(t)
	m, _ := w.create(room("a"))
	same, undo, err := w.Update("bob", m.ID, m.Revision, m.Rule, true, false)
	if err != nil || undo != "" || same.Revision != m.Revision {
		t.Errorf("%+v %q %v", same, undo, err)
	}
}

func TestReorderRefuses(t *testing.T) {
	w := newWorld(t, room("file"))
	a, _ := w.create(room("a"))
	b, _ := w.create(room("b"))
	_, revision := w.List()
	for name, order := range map[string][]string{
		"too few": {a.ID}, "one twice": {a.ID, a.ID}, "the file's": {"file:file", b.ID}, "too many": {a.ID, b.ID, "file:file"},
	} {
		_, err := w.Reorder("ann", revision, order)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		refused(t, err, ErrConflict, "", "")
	}
	_, err := w.Reorder("ann", "old", []string{b.ID, a.ID})
	refused(t, err, ErrStale, "", "")
	if _, err := w.Reorder("ann", revision, []string{b.ID, a.ID}); err != nil || w.inForce() != "file b a" {
		t.Errorf("%v: %s", err, w.inForce())
	}
}

// TestManyEditors: whatever edits race, what is in force is what is stored.
func TestManyEditors(t *testing.T) {
	w := newWorld(t)
	done := make(chan bool)
	for e := range 4 {
		go func() {
			for i := range 10 {
				m, undo, err := w.Create("ann", room(fmt.Sprintf("r%d-%d", e, i)), true, false)
				if err != nil {
					t.Error(err)
					break
				}
				if i%3 == 0 {
					_, _ = w.Undo("ann", undo)
				} else if i%3 == 1 {
					_, _, _ = w.SetEnabled("ann", m.ID, "*", false, false)
				}
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
	before := w.inForce()
	w.restart()
	if after := w.inForce(); after != before || after == "" {
		t.Errorf("in force %q, stored %q", before, after)
	}
}
