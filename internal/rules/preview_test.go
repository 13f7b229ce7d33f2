package rules

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gateway/pkg/mapping"
)

func (w *world) record(topic, payload string) {
	n := uint64(len(w.recent) + 1)
	w.recent = append(w.recent, Sample{Seq: n, At: time.Unix(int64(n), 0), Topic: topic, Payload: []byte(payload), Size: len(payload)})
}

func (w *world) preview(a Ask) Preview {
	w.t.Helper()
	p, err := w.Preview(context.Background(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// story is rows in short: topic, what becomes of it, what became of it, and whether the two differ.
func story(rows []Row) string {
	tell := func(o *Outcome) string {
		switch {
		case o == nil:
			return "-"
		case o.Drop != "":
			return string(o.Drop)
		}
		return strings.TrimSpace(o.Namespace + o.To + " " + o.Event + "=" + o.Value)
	}
	var lines []string
	for _, r := range rows {
		line := fmt.Sprintf("%s: %s | %s", r.Topic, tell(r.New), tell(r.Old))
		if r.Differs {
			line += " !"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestPreviewShowsWhatARuleWouldHaveDone(t *testing.T) {
	w := newWorld(t)
	old, _ := w.create(mapping.Rule{Name: "r", Topic: "home/{room}/temp", Namespace: "/home", Event: "{room}", Direction: mapping.Out, When: "payload > 10"})
	for i, m := range [][2]string{{"home/a/temp", "5"}, {"home/b/temp", "15"}, {"other", "1"}, {"home/c/temp", "25"}, {"home/d/hum", "60"}, {"home/e/temp", `{"x":1}`}} {
		w.record(m[0], m[1])
		_ = i
	}
	next := old.Rule
	next.When = "payload > 20"
	p := w.preview(Ask{Rule: next, Replaces: old.ID})
	want := `home/e/temp: when_error | when_error
home/c/temp: /home c=25 | /home c=25
home/b/temp: when | /home b=15 !
home/a/temp: when | when`
	if got := story(p.Rows); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if c := (PreviewCounts{LookedAt: 6, Matched: 4, Sent: 1, Filtered: 2, Failed: 1, OldSent: 2, Differ: 1}); p.Counts != c {
		t.Errorf("counts %+v, want %+v", p.Counts, c)
	}
	if !p.OK || p.Since == nil || p.Since.Unix() != 1 || !strings.Contains(p.TOML, `when = "payload > 20"`) {
		t.Errorf("%+v", p)
	}
	if w.table.Rules()[0].Spec().When != "payload > 10" {
		t.Error("the preview changed what is in force")
	}
	next.Topic = "home/{room}/hum"
	want = `home/e/temp: - | when_error !
home/d/hum: /home d=60 | - !
home/c/temp: - | /home c=25 !
home/b/temp: - | /home b=15 !
home/a/temp: - | when !`
	if got := story(w.preview(Ask{Rule: next, Replaces: old.ID}).Rows); got != want {
		t.Errorf("another topic: got\n%s\nwant\n%s", got, want)
	}
}

func TestPreviewTellsWhatIsWrong(t *testing.T) {
	w := newWorld(t, room("file"))
	w.record("file/a", "1")
	bad := room("file")
	bad.When = "payload >"
	p := w.preview(Ask{Rule: bad})
	fields := ""
	for _, problem := range p.Problems {
		fields += problem.Field + " "
	}
	if p.OK || fields != "name when " {
		t.Errorf("problems with %q", fields)
	}
	if len(p.Rows) != 1 || p.Rows[0].New != nil {
		t.Errorf("rows %+v", p.Rows)
	}
	if p := w.preview(Ask{Rule: room("twin"), Samples: []Sample{{Topic: "twin/a", Payload: []byte("1"), Size: 1}}}); len(p.Rows) != 1 || !p.Rows[0].Sample || p.Rows[0].New.Event != "a" {
		t.Errorf("samples: %+v", p.Rows)
	}
	double := room("double")
	double.Topic, double.Namespace = "file/{x}", "/file"
	if p := w.preview(Ask{Rule: double}); !p.OK || len(p.Warnings) != 1 {
		t.Errorf("warnings %+v", p.Warnings)
	}
	if _, err := w.Preview(context.Background(), Ask{Rule: bad, Replaces: "nothing"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestPreviewSaysNothingOfHalfAMessage(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("é", 600)
	w.recent = []Sample{
		{Seq: 1, Topic: "r/gone", Payload: []byte(long[:1000]), Size: len(long)},
		{Seq: 2, Topic: "r/kept", Payload: []byte(long[:1000]), Size: len(long)},
	}
	w.Last = func(topic string) (Sample, bool) {
		return Sample{Seq: 2, Topic: topic, Payload: []byte(long), Size: len(long)}, topic == "r/kept"
	}
	p := w.preview(Ask{Rule: room("r")})
	kept, gone := p.Rows[0], p.Rows[1]
	if !gone.Truncated || gone.New != nil {
		t.Errorf("gone: %+v", gone)
	}
	if kept.Truncated || kept.New == nil || kept.New.Value != `"`+long+`"` || kept.Encoding != "utf8" || len(kept.Payload) > maxShown {
		t.Errorf("kept: %+v", kept)
	}
}

func TestPreviewIsBounded(t *testing.T) {
	w := newWorld(t)
	for i := range 3000 {
		w.record(fmt.Sprintf("r/%d", i), `[1,2,3]`)
	}
	slow := room("r")
	slow.Transform = "sum(map(1..2000, reduce(1..40, #acc + #, 0)))"
	p := w.preview(Ask{Rule: slow, Limit: 500}) // each row would take tens of milliseconds
	if p.Counts.Matched != 3000 || len(p.Rows) == 0 || len(p.Rows) >= 500 || !p.Cut {
		t.Errorf("%+v with %d rows, cut %v", p.Counts, len(p.Rows), p.Cut)
	}
	slow.Transform = ""
	if p := w.preview(Ask{Rule: slow, Limit: 1000}); len(p.Rows) != maxPreviewRows || p.Cut {
		t.Errorf("%d rows, cut %v", len(p.Rows), p.Cut)
	}
}

func TestPreviewOfTheWayBack(t *testing.T) {
	w := newWorld(t)
	w.record("home/kitchen/light", "on")
	w.record("home/attic/light", "off")
	both := mapping.Rule{
		Name: "light", Topic: "home/{room}/light", Namespace: "/home/{room}", Event: "light", QoS: 1, Retain: true,
		Transform: `payload == "on"`, TransformIn: `payload ? "on" : "off"`,
	}
	p := w.preview(Ask{Rule: both})
	want := []Inverse{
		{Namespace: "/home/attic", Event: "light", Argument: "false", Topic: "home/attic/light", Payload: "off", Encoding: "utf8", QoS: 1, Retain: true},
		{Namespace: "/home/kitchen", Event: "light", Argument: "true", Topic: "home/kitchen/light", Payload: "on", Encoding: "utf8", QoS: 1, Retain: true},
	}
	if fmt.Sprint(p.Inverse) != fmt.Sprint(want) {
		t.Errorf("got %+v", p.Inverse)
	}
	in := mapping.Rule{Name: "me", Topic: "users/{client.id}/{what}/set", Namespace: "/me", Event: "{what}", Direction: mapping.In}
	p = w.preview(Ask{Rule: in})
	if len(p.Inverse) != 1 || p.Inverse[0].Topic != "users/client-id/what/set" || p.Inverse[0].Payload != "true" || p.Inverse[0].Event != "what" {
		t.Errorf("made up: %+v", p.Inverse)
	}
	in.Tests = []mapping.Test{{Namespace: "/me", Event: "mood", Argument: "good", Client: "ann", Expect: mapping.Expect{Payload: "good"}}}
	p = w.preview(Ask{Rule: in})
	if len(p.Inverse) != 1 || p.Inverse[0].Topic != "users/ann/mood/set" || p.Inverse[0].Payload != "good" {
		t.Errorf("of the test: %+v", p.Inverse)
	}
}

func BenchmarkPreview(b *testing.B) {
	var file []mapping.Rule
	for i := range 200 {
		r := room(fmt.Sprint("rule", i))
		r.When = "payload > 5"
		file = append(file, r)
	}
	records := &memory{data: map[string]map[string][]byte{}}
	var recent []Sample
	for i := range 16_384 {
		recent = append(recent, Sample{Seq: uint64(i), Topic: fmt.Sprintf("r/%d", i%50), Payload: []byte(`{"power":6.5,"on":true}`), Size: 23})
	}
	s, err := New(Options{Records: records, Apply: func(*mapping.Table) {}, Recent: func(fn func(Sample) bool) {
		for _, m := range recent {
			if !fn(m) {
				return
			}
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	_ = s.SetFixed(file, nil)
	for i := range b.N {
		r := room("r")
		r.Transform = fmt.Sprintf(`{"watts": payload.power * %d}`, i)
		p, err := s.Preview(context.Background(), Ask{Rule: r})
		if err != nil || p.Counts.Sent != 50 {
			b.Fatal(err, p.Counts)
		}
	}
}

// FuzzPreview: whatever somebody types into the editor, there is an answer, and it holds together.
func FuzzPreview(f *testing.F) {
	f.Add("home/{room}/temp", "/home", "{room}", "payload > 20", "", "home/a/temp", "21.5")
	f.Add("home/{room", "", "", "payload >", "payload +", "home/a/temp", "\xff")
	f.Add("users/{client.id}/{x...}", "/me", "{x...}", "", "", "users/ann/a/b", `{"a":1}`)
	f.Fuzz(func(t *testing.T, topic, namespace, event, when, transform, sent, payload string) {
		w := newWorld(t)
		old, _ := w.create(room("old"))
		a := Ask{
			Rule:     mapping.Rule{Name: "new", Topic: topic, Namespace: namespace, Event: event, When: when, TransformIn: transform},
			Replaces: old.ID, Samples: []Sample{sample(sent, payload), sample("old/x", payload)},
		}
		p := w.preview(a)
		if p.OK != (len(p.Problems) == 0) || p.Counts.LookedAt != 2 || p.Counts.Matched != len(p.Rows) {
			t.Fatalf("%+v", p)
		}
		for _, r := range p.Rows {
			if r.New != nil && r.New.Drop != "" && r.New.Value != "" {
				t.Fatalf("dropped, with a value: %+v", r.New)
			}
		}
		_, _, err := w.Update("ann", old.ID, old.Revision, a.Rule, true, false)
		if p.OK != (err == nil) {
			t.Fatalf("the preview said %v of what saving said %v of", p.Problems, err)
		}
	})
}
