package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gateway/internal/access"
	"gateway/internal/trace"
)

func record(t *testing.T, b *Bus, topic string) (Receipt, *Recorded) {
	t.Helper()
	r, err := b.Publish(Message{Topic: topic, Payload: make([]byte, 2000), Principal: access.Anonymous()})
	if err != nil {
		t.Fatal(err)
	}
	m, ok := b.Find(r.Seq)
	if !ok {
		t.Fatal("not recorded")
	}
	return r, m
}

func TestMarksSayWhoGotAMessage(t *testing.T) {
	b := New(Options{})
	b.Attach("broker", func(d *Delivery) { d.Heard(); d.Heard(); d.Waits("plug_7"); d.Lost() })
	b.Attach("link:house", func(d *Delivery) { d.Waits(`link "house"`) })
	b.Attach("bridge", func(d *Delivery) { // marks for itself
		d.Heard()
		b.Note(d.Message, trace.Mark{Kind: trace.Rule, Reason: trace.When})
	})
	_, m := record(t, b, "a")
	if m.Size != 2000 || len(m.Payload) != ringPayload {
		t.Errorf("%d of %d bytes kept", len(m.Payload), m.Size)
	}
	var got []string
	for _, mark := range b.Marks(m) {
		name := ""
		if mark.Target != nil {
			name = mark.Target.Name
		}
		got = append(got, fmt.Sprintf("%d %s %d %d %d %s", mark.Kind, name, mark.Receivers, mark.Waiting, mark.Slow, mark.Reason))
	}
	want := fmt.Sprint([]string{"3 broker 2 1 1 ", "4 house 0 1 0 ", "1  0 0 0 when"})
	if fmt.Sprint(got) != want {
		t.Errorf("marks %v, want %v", got, want)
	}
}

func TestAnAcknowledgementThatWaitedIsMarkedOnce(t *testing.T) {
	for _, failure := range []error{nil, errors.New("disk full")} {
		b := New(Options{})
		b.Attach("broker", func(d *Delivery) { d.Durable(func(context.Context) error { return failure }) })
		r, m := record(t, b, "a")
		for range 2 {
			if err := r.Wait(context.Background()); !errors.Is(err, failure) {
				t.Errorf("wait: %v", err)
			}
		}
		marks := b.Marks(m)
		if len(marks) != 1 || marks[0].Kind != trace.Acked || (marks[0].Reason == trace.Unkept) != (failure != nil) {
			t.Errorf("with %v: %+v", failure, marks)
		}
	}
}

func TestTheRingIsReadInOrderAndAsFarAsItGoes(t *testing.T) {
	b := New(Options{RingSize: 8})
	var last uint64
	for range 20 {
		r, _ := record(t, b, "a")
		last = r.Seq
	}
	got := b.Recorded(0, last+100)
	if len(got) != 8 || got[0].Seq != last-7 || got[7].Seq != last {
		t.Errorf("%d messages, from %d", len(got), got[0].Seq)
	}
	if _, ok := b.Find(last - 8); ok {
		t.Error("found what is gone")
	}
	if got := b.Recorded(last+1, last+5); len(got) != 0 {
		t.Error("found what is not there yet")
	}
}

func TestMarksOfOneMessageAreBounded(t *testing.T) {
	b := New(Options{})
	r, m := record(t, b, "a")
	for range 1000 {
		b.NoteLater(r.Seq, trace.Mark{Kind: trace.Rule})
	}
	if n := len(b.Marks(m)); n > 100 || n <= trace.Inline {
		t.Errorf("%d marks", n)
	}
	b.NoteLater(r.Seq+1, trace.Mark{}) // of no message: nothing happens
}

func TestACutTopicIsForThoseWhoReadEverything(t *testing.T) {
	b := New(Options{})
	_, m := record(t, b, "a/"+strings.Repeat("x", 300)+"/secret")
	some := &access.Principal{Kind: access.KindToken, ID: "k", Read: []string{"a/+"}}
	if m.ReadableBy(some) || !m.ReadableBy(access.Anonymous()) {
		t.Error("a pattern was compared with what is left of a topic")
	}
}
