package trace

import (
	"log/slog"
	"strings"
	"testing"
)

func TestEveryOutcomeHasASentence(t *testing.T) {
	sockets := &Target{Rule: "r", Name: "/ns event"}
	topic := &Target{Rule: "r", Name: "into/a"}
	lamp := &Target{Name: "lamp"}
	for _, c := range []struct {
		mark       Mark
		kind, text string
	}{
		{Mark{Kind: Rule, Target: sockets, Receivers: 2}, "socketio", "mapping r: sent to 2 sockets of /ns as event"},
		{Mark{Kind: Rule, Target: sockets, Receivers: 1, Slow: 1}, "socketio", "mapping r: sent to 1 socket of /ns as event; 1 too slow for it"},
		{Mark{Kind: Rule, Target: sockets}, "socketio", "mapping r: sent to /ns as event, but no socket there hears this mapping"},
		{Mark{Kind: Rule, Target: topic}, "rule", "mapping r: published again on into/a"},
		{Mark{Kind: Rule, Target: sockets, Reason: Nobody}, "rule", "mapping r: not sent, nobody is connected to /ns"},
		{Mark{Kind: Rule, Target: sockets, Reason: Loop}, "drop", "mapping r: not passed on, the message has been through this mapping already"},
		{Mark{Kind: Raw, Receivers: 3}, "socketio", "3 sockets of /mqtt got it"},
		{Mark{Kind: MQTT, Receivers: 1, Waiting: 2, Slow: 1}, "mqtt", "1 MQTT client got it, it waits for 2 that are not connected, 1 had no room for it"},
		{Mark{Kind: Link, Target: &Target{Name: "house"}, Receivers: 1}, "link", "link house took it, to be sent to its broker"},
		{Mark{Kind: Link, Target: &Target{Name: "house"}, Waiting: 1}, "link", "link house is not connected: it waits in the outbox"},
		{Mark{Kind: Acked, After: 1200}, "ack", "its publisher was told after 1.2ms that it is on disk for everybody it is kept for"},
		{Mark{Kind: Answered, After: 2_340_000}, "ack", "was answered after 2.3s"},
		{Mark{Kind: Answered, After: 5_000_000, Reason: Unanswered}, "drop", "was not answered: who asked was told so after 5s"},
		{Mark{Kind: Board, Target: lamp, Receivers: 1}, "board", "it was sent to board lamp"},
		{Mark{Kind: Board, Target: lamp, Reason: Offline}, "board", "board lamp is not connected: it does not get it, since commands are not kept for it"},
		{Mark{Kind: Board, Target: lamp, Reason: Denied}, "board", "board lamp may not read it"},
		{Mark{Kind: Board, Target: lamp, Slow: 1}, "board", "board lamp had no room for it"},
		{Mark{Kind: Desired, Target: lamp, Receivers: 1}, "board", "it was taken for what board lamp is to be"},
		{Mark{Kind: Taken, Target: lamp, After: 12_000}, "ack", "board lamp said after 12ms that it has it"},
		{Mark{Kind: Taken, Target: lamp, Reason: Unanswered}, "ack", "board lamp did not say that it has it: it went away, or took too long"},
		{Mark{Kind: Acked, Reason: Unkept}, "drop", "could not be put on disk: its publisher was told so"},
	} {
		if s := StepOf(c.mark); s.Kind != c.kind || s.Text != c.text {
			t.Errorf("%+v:\n got %s %q\nwant %s %q", c.mark, s.Kind, s.Text, c.kind, c.text)
		}
	}
	for r := When; r < maxReason; r++ {
		if s := StepOf(Mark{Kind: Rule, Target: sockets, Reason: r}); strings.HasSuffix(s.Text, ": ") || s.Reason == "" {
			t.Errorf("reason %d: %+v", r, s)
		}
	}
	if r := maxReason.String(); r != "unknown" {
		t.Errorf("a reason that is none: %q", r)
	}
}

func TestVerdicts(t *testing.T) {
	at, lamp := &Target{Rule: "r", Name: "/ns event"}, &Target{Name: "lamp"}
	for _, c := range []struct {
		want  string
		marks []Mark
	}{
		{"nobody got it", nil},
		{"nobody got it: mapping r: not sent, nobody is connected to /ns", []Mark{{Kind: Rule, Target: at, Reason: Nobody}}},
		{"1 board got it", []Mark{{Kind: Board, Target: lamp, Receivers: 1}, {Kind: Taken, Target: lamp}}},
		{"nobody got it: board lamp may not read it", []Mark{{Kind: Board, Target: lamp, Reason: Denied}}},
		{"3 sockets, 1 MQTT client, 1 link, 1 other topic got it; it waits for 2 more", []Mark{
			{Kind: Rule, Target: at, Receivers: 1},
			{Kind: Raw, Receivers: 2},
			{Kind: MQTT, Receivers: 1, Waiting: 2},
			{Kind: Link, Target: at, Receivers: 1},
			{Kind: Rule, Target: &Target{Rule: "copy", Name: "into/a"}},
		}},
	} {
		if got := Explain(Message{Topic: "a"}, c.marks, nil).Verdict; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWhatTheRuleSaysNowIsMarkedAsRecomputed(t *testing.T) {
	marks := []Mark{{Kind: Rule, Target: &Target{Rule: "hot", Name: "/ns e"}, Reason: When}}
	step := func(refine Refine) Step { return Explain(Message{}, marks, refine).Steps[2] }
	if s := step(nil); s.Text != "mapping hot: not sent, its `when` is false" || s.Recomputed {
		t.Errorf("recorded: %+v", s)
	}
	if s := step(func(Mark) (string, bool) { return "`payload > 30` is false", true }); s.Text != "mapping hot: not sent, `payload > 30` is false" || !s.Recomputed {
		t.Errorf("recomputed: %+v", s)
	}
}

func TestKept(t *testing.T) {
	for want, m := range map[string]Message{
		"command": {Topic: "a/b/set", Command: true, Size: 1}, "system": {Topic: "$SYS/x", Size: 1}, "": {Topic: "a", Size: 1},
	} {
		if s := kept(m); s.Reason != want {
			t.Errorf("%+v: %+v", m, s)
		}
	}
	if s := kept(Message{Retain: true}); !strings.HasPrefix(s.Text, "deleted") {
		t.Errorf("an empty retained message: %+v", s)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		payload        string
		cut            bool
		text, encoding string
	}{
		{"grün", false, "grün", "utf8"},
		{"gr\xc3", true, "gr", "utf8"}, // cut within a character
		{"gr\xc3", false, "Z3LD", "base64"},
		{"\xff\xfe\xfd\xfc", true, "//79/A==", "base64"},
		{"", true, "", "utf8"},
	} {
		if text, encoding := Text([]byte(c.payload), c.cut); text != c.text || encoding != c.encoding {
			t.Errorf("%q: %q %s", c.payload, text, encoding)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("grün"), true)
	f.Add([]byte{0xff, 0xc3}, false)
	f.Fuzz(func(t *testing.T, payload []byte, cut bool) {
		text, encoding := Text(payload, cut)
		if encoding == "utf8" && !strings.HasPrefix(string(payload), text) || encoding == "utf8" && !cut && text != string(payload) {
			t.Errorf("%q became %q", payload, text)
		}
	})
}

func TestTheNewestDropsAreKept(t *testing.T) {
	d := NewDrops(slog.New(slog.DiscardHandler))
	for range 3 {
		d.Add(Key{Where: "http", Reason: "denied"}, "10.0.0.1:80", `topic "a"`)
	}
	for range 2 * maxRecent {
		d.Add(Key{Where: "mqtt", Reason: "denied"}, "c", "x")
		d.Add(Key{Where: "mqtt", Reason: "denied"}, "c", "y")
	}
	all := d.Recent(func(Dropped) bool { return true })
	if len(all) != maxRecent || all[0].Detail != "y" || all[1].Detail != "x" {
		t.Errorf("%d, the newest %+v", len(all), all[0])
	}
	d.Add(Key{Where: "http", Reason: "denied"}, "h", "z")
	d.Add(Key{Where: "http", Reason: "denied"}, "h", "z")
	if got := d.Recent(func(one Dropped) bool { return one.Detail == "z" }); len(got) != 1 || got[0].N != 2 {
		t.Errorf("in a row: %+v", got)
	}
}
