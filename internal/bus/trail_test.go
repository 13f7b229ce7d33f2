package bus

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gateway/internal/access"
)

func TestTrailsGoThereAndBack(t *testing.T) {
	b := newBus(Options{Instance: "here"})
	own := &Message{Seq: 1_000_000, Hops: 1}
	text := b.TrailOf(own)
	if text != "lfls.2.here" {
		t.Errorf("trail %q", text)
	}
	trail, hops, err := ParseTrail(text)
	if err != nil || hops != 2 || trail.Seq != own.Seq || trail.Ring() != "here" {
		t.Errorf("%+v %d %v", trail, hops, err)
	}
	next := newBus(Options{Instance: "b"})
	if got := next.TrailOf(&Message{Seq: 5, Trail: trail, Hops: hops}); got != "lfls.3.here.b" {
		t.Errorf("handed on as %q", got)
	}
	if got := newBus(Options{}).TrailOf(own); got != "" {
		t.Errorf("a bus without instance writes %q", got)
	}
}

func FuzzParseTrail(f *testing.F) {
	for _, text := range []string{"lfls.2.here.b", "1.0.a", "1.0", "", "..", "1.-1.a", "1.300.a", "1.1.a/b", "1.1.a..b", "zzzzzzzzzzzzzzzzzzzz.1.a", "1.1.a.a.a.a.a.a.a.a.a.a.a.a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		trail, hops, err := ParseTrail(text)
		if err != nil {
			return
		}
		if !trail.Foreign() || len(trail.Gateways) > trailGateways || hops > 255 {
			t.Errorf("%q was read as %+v, %d hops", text, trail, hops)
		}
		b := newBus(Options{Instance: "x"})
		if again, n, err := ParseTrail(b.TrailOf(&Message{Trail: trail, Hops: hops})); err == nil && (again.Seq != trail.Seq || n != hops+1) {
			t.Errorf("%q became %+v, %d hops", text, again, n)
		}
	})
}

// trailed is a message that other gateways hand on.
func trailed(topic string, seq uint64, gateways ...string) Message {
	return Message{Topic: topic, QoS: 1, Principal: access.Anonymous(), Trail: Trail{Seq: seq, Gateways: gateways}}
}

func TestWhatComesTwiceIsPublishedOnce(t *testing.T) {
	var rings, others int
	b := newBus(Options{Instance: "a", Returned: func(_ *Message, ring bool) {
		if ring {
			rings++
		} else {
			others++
		}
	}})
	var got []string
	b.Attach("test", func(d *Delivery) { got = append(got, d.Message.Topic) })
	for _, c := range []struct {
		what  string
		m     Message
		again bool
	}{
		{"new", trailed("t", 1, "b"), false},
		{"by another way", trailed("t", 1, "b", "c"), true},
		{"the next, which may say the same", trailed("t", 2, "b"), false},
		{"on another topic", trailed("u", 1, "b"), false},
		{"another gateway's", trailed("t", 1, "c"), false},
		{"our own", trailed("t", 9, "a", "b"), true},
		{"through us before", trailed("t", 10, "c", "a", "b"), true},
		{"of nobody", Message{Topic: "t", Principal: access.Anonymous()}, false},
	} {
		before := len(got)
		r := publish(t, b, c.m)
		if r.Again != c.again || (len(got) == before) != c.again {
			t.Errorf("%s: again %v, published %d times", c.what, r.Again, len(got)-before)
		}
	}
	if rings != 2 || others != 1 {
		t.Errorf("%d went round, %d came twice", rings, others)
	}
}

// What is derived from a message is another message: it may go where that one came from.
func TestDerivedMessagesBeginHere(t *testing.T) {
	b := newBus(Options{Instance: "a"})
	var trail Trail
	b.Attach("test", func(d *Delivery) {
		if d.Message.Topic == "t" {
			next := *d.Message
			next.Topic = "answer"
			d.Derive(next)
			return
		}
		trail = d.Message.Trail
	})
	publish(t, b, trailed("t", 1, "b"))
	if trail.Foreign() {
		t.Errorf("the derived message has the trail %+v", trail)
	}
}

// A message that is sent again because its first acknowledgement was lost is acknowledged when the first one would have been;
// one that could not be kept is tried again.
func TestWhatComesTwiceIsAcknowledgedWithTheFirst(t *testing.T) {
	b := newBus(Options{Instance: "a"})
	committed := make(chan error, 3)
	n := 0
	b.Attach("disk", func(d *Delivery) {
		n++
		d.Durable(func(ctx context.Context) error {
			select {
			case err := <-committed:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	first, second := publish(t, b, trailed("t", 1, "b")), publish(t, b, trailed("t", 1, "b"))
	late, cancel := context.WithCancel(context.Background())
	cancel()
	if err := second.Wait(late); !errors.Is(err, context.Canceled) {
		t.Errorf("the second is acknowledged before the first: %v", err)
	}
	full := errors.New("disk full")
	committed <- full
	if err := first.Wait(context.Background()); !errors.Is(err, full) {
		t.Errorf("the first: %v", err)
	}
	third := publish(t, b, trailed("t", 1, "b"))
	if third.Again || n != 2 {
		t.Errorf("what could not be kept is not tried again: %+v, published %d times", third, n)
	}
	committed <- nil
	if err := third.Wait(context.Background()); err != nil {
		t.Error(err)
	}
	if r := publish(t, b, trailed("t", 1, "b")); !r.Again || r.Durable() {
		t.Errorf("what was kept: %+v", r)
	}
}

func TestFewMeetingsAreRemembered(t *testing.T) {
	b := newBus(Options{Instance: "a"})
	for seq := range uint64(5 * metLimit) {
		publish(t, b, trailed("t", seq, "b"))
	}
	if n := len(b.trails.met) + len(b.trails.old); n > 2*metLimit {
		t.Errorf("%d are remembered", n)
	}
	if r := publish(t, b, trailed("t", 5*metLimit-metLimit/2, "b")); !r.Again {
		t.Error("a recent one is forgotten")
	}
}

func TestEnvelopes(t *testing.T) {
	long := strings.Repeat("x", maxEnvelope-5)
	for _, topic := range []string{"home/x", "/home", "", "a//b", "$gateway/1.1.a/x", long} {
		enveloped := Envelop("1.2.a.b", topic)
		trail, hops, got, ok := Unfold(enveloped)
		if wanted := topic != long; ok != wanted || got != topic || wanted && (hops != 2 || trail.Ring() != "a b") {
			t.Errorf("%.40q in %.40q: %.40q %+v %d %v", topic, enveloped, got, trail, hops, ok)
		}
	}
	for _, topic := range []string{"home/x", LinkTopic, "$gateway/x/y", "$gateway/1.1/y", "$gateway/", "$SYS/x"} {
		if _, _, got, ok := Unfold(topic); ok || got != topic {
			t.Errorf("%q was unfolded as %q", topic, got)
		}
	}
	if got := Envelop("", "home/x"); got != "home/x" {
		t.Errorf("without a trail: %q", got)
	}
}
