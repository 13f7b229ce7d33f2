package rules

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// memory is a Records that outlives services.
type memory struct {
	mu   sync.Mutex
	data map[string]map[string][]byte
	fail error
}

func (m *memory) Each(bucket string, fn func(string, []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(m.data[bucket])) {
		if err := fn(k, m.data[bucket][k]); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Write(changes []Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, w := range changes {
		if m.data[w.Bucket] == nil {
			m.data[w.Bucket] = map[string][]byte{}
		}
		m.data[w.Bucket][w.Key] = w.Data
		if w.Data == nil {
			delete(m.data[w.Bucket], w.Key)
		}
	}
	return nil
}

// world is a service with what it needs, and what it did to its surroundings.
type world struct {
	*Service
	t       *testing.T
	records *memory
	table   *mapping.Table
	renamed []string
	recent  []Sample
	heard   func(Sample)
	file    []mapping.Rule
}

func newWorld(t *testing.T, file ...mapping.Rule) *world {
	w := &world{t: t, records: &memory{data: map[string]map[string][]byte{}}, file: file}
	w.restart()
	return w
}

// restart makes a new service on the same records.
func (w *world) restart() {
	w.t.Helper()
	s, err := New(Options{
		Records: w.records, Apply: func(t *mapping.Table) { w.table = t },
		Renamed: func(old, name string) { w.renamed = append(w.renamed, old+" "+name) },
		Recent: func(fn func(Sample) bool) {
			for _, m := range slices.Backward(w.recent) {
				if !fn(m) {
					return
				}
			}
		},
		Listen: func(_ string, fn func(Sample)) func() { w.heard = fn; return func() {} },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = s
	_ = s.SetFixed(w.file, nil) // tests with a bad file look at the list
}

// inForce are the names of the rules in force, in order.
func (w *world) inForce() string {
	var names []string
	for _, r := range w.table.Rules() {
		names = append(names, r.Name())
	}
	return strings.Join(names, " ")
}

func (w *world) create(r mapping.Rule) (Mapping, string) {
	w.t.Helper()
	m, undo, err := w.Create("ann", r, true, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return m, undo
}

func room(name string) mapping.Rule {
	return mapping.Rule{Name: name, Topic: name + "/{x}", Namespace: "/" + name, Event: "{x}", Direction: mapping.Out}
}

// refused holds an error to a reason, and to a problem's field and part of its message where they are given.
func refused(t *testing.T, err, why error, field, message string) {
	t.Helper()
	var r *Refusal
	if !errors.Is(err, why) || !errors.As(err, &r) || fault.CodeOf(err) != fault.Invalid {
		t.Fatalf("got %v, want %v", err, why)
	}
	if field == "" && message == "" {
		return
	}
	for _, p := range r.Problems {
		if p.Field == field && strings.Contains(p.Message, message) {
			return
		}
	}
	t.Errorf("got %v, want a problem with %s: %s", r.Problems, field, message)
}

func TestWhatIsSavedIsInForceAndStays(t *testing.T) {
	w := newWorld(t, room("file"))
	a, _ := w.create(room("a"))
	b, _ := w.create(room("b"))
	if got := w.inForce(); got != "file a b" {
		t.Errorf("in force: %s", got)
	}
	edited := b.Rule
	edited.Event = "changed-{x}"
	b, _, err := w.Update("bob", b.ID, b.Revision, edited, true, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.SetEnabled("bob", a.ID, a.Revision, false, false); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"after the change", "after a restart"} {
		if got := w.inForce(); got != "file b" {
			t.Errorf("%s in force: %s", when, got)
		}
		got, err := w.Get(b.ID)
		if err != nil || got.Rule.Event != "changed-{x}" || got.UpdatedBy != "bob" || got.Revision != b.Revision || got.Order != 2 || !got.OK {
			t.Errorf("%s: %+v %v", when, got, err)
		}
		w.restart()
	}
}

func TestALostUpdateIsRefused(t *testing.T) {
	w := newWorld(t)
	m, _ := w.create(room("a"))
	second := m.Rule
	second.Event = "second"
	if _, _, err := w.Update("ann", m.ID, m.Revision, second, true, false); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.Update("bob", m.ID, m.Revision, room("a"), true, false)
	refused(t, err, ErrStale, "", "")
	_, _, err = w.SetEnabled("bob", m.ID, m.Revision, false, false)
	refused(t, err, ErrStale, "", "")
	_, err = w.Delete("bob", m.ID, m.Revision)
	refused(t, err, ErrStale, "", "")
	if got, _ := w.Get(m.ID); got.Rule.Event != "second" || !got.Enabled {
		t.Errorf("the first change is lost: %+v", got)
	}
}

func TestRulesOfTheFileAreReadOnly(t *testing.T) {
	w := newWorld(t, room("file"))
	items, _ := w.List()
	if len(items) != 1 || items[0].ID != "file:file" || items[0].Origin != FromFile {
		t.Fatalf("%+v", items)
	}
	_, _, err := w.Update("ann", "file:file", items[0].Revision, room("file"), false, false)
	refused(t, err, ErrConflict, "", "")
	_, err = w.Delete("ann", "file:file", "*")
	refused(t, err, ErrConflict, "", "")
	_, _, err = w.Create("ann", room("file"), true, false)
	refused(t, err, ErrProblems, "name", "another mapping has this name")
}

func TestSavingRefusesWhatCannotRun(t *testing.T) {
	call := mapping.Rule{Name: "call", Topic: "cmnd/{x}", Namespace: "/call", Event: "{x}", Direction: mapping.In, RPC: &mapping.RPC{Reply: "stat/{x}"}}
	rival := mapping.Rule{Name: "rival", Topic: "other/{x}", Namespace: "/call", Event: "{x}", Direction: mapping.In}
	pinned := room("pinned")
	pinned.Tests = []mapping.Test{{Topic: "pinned/a", Payload: "1", Expect: mapping.Expect{Event: "b"}}}
	broken := room("broken")
	broken.When = "payload >"

	w := newWorld(t)
	first, _ := w.create(rival)
	early := first.Rule
	early.Namespace = "/elsewhere"
	first, _, err := w.Update("ann", first.ID, "*", early, true, false)
	if err != nil {
		t.Fatal(err)
	}
	w.create(call)

	_, _, err = w.Create("ann", broken, true, false)
	refused(t, err, ErrProblems, "when", "")
	_, _, err = w.Create("ann", mapping.Rule{Topic: "a", Namespace: "/a", Event: "a"}, false, false)
	refused(t, err, ErrProblems, "name", "needs a name")
	_, _, err = w.Create("ann", pinned, true, false)
	refused(t, err, ErrProblems, "test.0", "the test fails")
	_, _, err = w.Update("ann", first.ID, "*", rival, true, false)
	refused(t, err, ErrProblems, "event", `with this, mapping "call" could not stand`)
	if got := w.inForce(); got != "rival call" {
		t.Errorf("what was refused changed something: %s", got)
	}

	if m, _, err := w.Create("ann", pinned, true, true); err != nil || len(m.Warnings) != 1 || !m.OK {
		t.Errorf("forced: %+v %v", m, err)
	}
	m, _, err := w.Create("ann", broken, false, false)
	if err != nil || m.OK || len(m.Problems) == 0 {
		t.Fatalf("a draft: %+v %v", m, err)
	}
	_, _, err = w.SetEnabled("ann", m.ID, m.Revision, true, false)
	refused(t, err, ErrProblems, "when", "")
	if n := len(w.FailedTests()); n != 1 {
		t.Errorf("%d failing tests", n)
	}
}

func TestWhatIsNotStoredIsNotInForce(t *testing.T) {
	w := newWorld(t)
	w.create(room("a"))
	w.records.fail = errors.New("no space left on device")
	if _, _, err := w.Create("ann", room("b"), true, false); !errors.Is(err, w.records.fail) {
		t.Errorf("got %v", err)
	}
	if got := w.inForce(); got != "a" {
		t.Errorf("in force: %s", got)
	}
	if items, _ := w.List(); len(items) != 1 {
		t.Errorf("listed: %+v", items)
	}
	w.records.fail = nil
	w.restart()
	if got := w.inForce(); got != "a" {
		t.Errorf("after a restart: %s", got)
	}
}

func TestARuleThatCannotBeReadCostsItself(t *testing.T) {
	w := newWorld(t)
	m, _ := w.create(room("a"))
	w.create(room("b"))
	w.records.data[bucketRules][m.ID] = []byte(`{"version":99}`)
	w.restart()
	if got := w.inForce(); got != "b" {
		t.Errorf("in force: %s", got)
	}
	if string(w.records.data[bucketRules][m.ID]) != `{"version":99}` {
		t.Error("the record has been touched")
	}
}

func TestAFileThatTakesANameWins(t *testing.T) {
	w := newWorld(t)
	m, _ := w.create(room("a"))
	other := room("a")
	other.Topic = "file/{x}"
	err := w.SetFixed([]mapping.Rule{other}, nil)
	if err == nil || !strings.Contains(err.Error(), "another mapping has this name") {
		t.Errorf("got %v", err)
	}
	if r := w.table.Rules(); len(r) != 1 || r[0].TopicFilter() != "file/+" {
		t.Errorf("in force: %v", w.inForce())
	}
	if got, _ := w.Get(m.ID); got.OK {
		t.Errorf("%+v", got)
	}
}

func TestRenamesAreTold(t *testing.T) {
	w := newWorld(t)
	m, _ := w.create(room("a"))
	renamed := m.Rule
	renamed.Name = "b"
	_, undo, err := w.Update("ann", m.ID, m.Revision, renamed, true, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Undo("ann", undo); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a b", "b a"}; !slices.Equal(w.renamed, want) {
		t.Errorf("told %v, want %v", w.renamed, want)
	}
}

func TestSuggestKnowsWhatIsThere(t *testing.T) {
	w := newWorld(t)
	w.create(mapping.Rule{Name: "home-temp", Topic: "other", Namespace: "/x", Event: "x"})
	w.Last = func(topic string) (Sample, bool) {
		return Sample{Payload: []byte("21"), Retain: true}, topic == "garden/tank"
	}
	got, err := w.Suggest("home/kitchen/temp", []int{1})
	if err != nil || got.Rule.Name != "home-temp-2" || strings.Contains(got.Why, "already") {
		t.Errorf("%+v %v", got, err)
	}
	w.create(got.Rule)
	if got, err = w.Suggest("home/attic/temp", []int{1}); err != nil || !strings.Contains(got.Why, `"home-temp-2" takes this topic already`) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err = w.Suggest("garden/tank", nil); err != nil || got.Rule.Direction != mapping.Out || len(got.Alternatives) == 0 || !got.Alternatives[0].Retain {
		t.Errorf("a retained number: %+v %v", got, err)
	}
	if _, err := w.Suggest("a/+", nil); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

// TestTemplatesGoTogether: the rules of every template can be saved beside those of the demo.
func TestTemplatesGoTogether(t *testing.T) {
	file, err := mapping.ParseTOML("demo", []byte(demoMappings(t)))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, file...)
	w.Topics = func(fn func(Sample) bool) { fn(sample("tele/plug/LWT", "Online")) }
	makes, err := w.Templates()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range makes {
		if (m.ID == "tasmota") != slices.Equal(m.Seen, []string{"plug"}) {
			t.Errorf("%s has seen %v", m.ID, m.Seen)
		}
		for _, r := range m.Rules {
			saved, _ := w.create(r)
			for _, p := range saved.Warnings {
				if p.Field != "rpc.reply" {
					t.Errorf("%s: %s", r.Name, p.Message)
				}
			}
		}
	}
}
