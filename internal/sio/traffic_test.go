package sio

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
)

func TestASampleIsEvenAndHasTheNewest(t *testing.T) {
	all := make([]*bus.Recorded, 100)
	for i := range all {
		all[i] = &bus.Recorded{Seq: uint64(i)}
	}
	got := sample(all, 4)
	if fmt.Sprint(got[0].Seq, got[1].Seq, got[2].Seq, got[3].Seq) != "24 49 74 99" {
		t.Errorf("%v", got)
	}
	if len(sample(all, 100)) != 100 || len(sample(nil, 5)) != 0 {
		t.Error("few enough are left as they are")
	}
}

func TestWhatWasOverwrittenIsCountedAsMissed(t *testing.T) {
	b := bus.New(bus.Options{RingSize: 16})
	tr := newTraffic(&Surface{bus: b})
	tr.next = b.Seq() + 1
	for range 20 {
		if _, err := b.Publish(bus.Message{Topic: "a", Principal: access.System()}); err != nil {
			t.Fatal(err)
		}
	}
	news, lost := tr.read(time.Now())
	if len(news) != 16 || lost != 4 {
		t.Errorf("%d read, %d lost", len(news), lost)
	}
	if news, lost = tr.read(time.Now()); len(news)+lost != 0 {
		t.Errorf("again: %d read, %d lost", len(news), lost)
	}
}

func TestWatchIsRead(t *testing.T) {
	for _, c := range []struct {
		args   string
		filter string
		most   int
	}{
		{`[]`, "#", 20},
		{`[{}]`, "#", 20},
		{`[{"filter":"a/+","max_per_s":100}]`, "a/+", 10},
		{`[{"max_per_s":1000000}]`, "#", 100},
		{`[{"max_per_s":-1}]`, "#", 1},
		{`[{"filter":"a/#/b"}]`, "", 0},
		{`["a"]`, "", 0},
		{`[{},{}]`, "", 0},
	} {
		w, err := watchOf(eventOf(t, c.args))
		switch {
		case (err != nil) != (c.filter == ""):
			t.Errorf("%s: %v", c.args, err)
		case err == nil && (w.filter != c.filter || w.most != c.most):
			t.Errorf("%s: %+v", c.args, w)
		}
	}
}

func FuzzWatch(f *testing.F) {
	f.Add(`{"filter":"a/#","text":"x","max_per_s":5}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, arg string) {
		if !json.Valid([]byte(arg)) {
			return
		}
		if w, err := watchOf(eventOf(t, "["+arg+"]")); err == nil && (w.most < 1 || w.most > trafficMaxRate || len(w.text) > 4*maxText) {
			t.Errorf("%s: %+v", arg, w)
		}
	})
}
