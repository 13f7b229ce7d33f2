package bridge

import (
	"testing"
	"testing/synctest"
	"time"

	"gateway/pkg/mapping"
)

func TestDedupeDeadbandAndRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dedupe, band, rate := rooms(), rooms(), rooms()
		dedupe.Topic, dedupe.Dedupe, dedupe.Direction = "d/{room}/{sensor}", "2s", mapping.Out
		band.Name, band.Topic, band.Deadband, band.Direction = "band", "b/{room}/{sensor}", 0.5, mapping.Out
		rate.Name, rate.Topic, rate.Rate, rate.Direction = "rate", "r/{room}/{sensor}", "1/s", mapping.Out
		w := newWorld(t, dedupe, band, rate)
		for _, v := range []string{"1", "1", "2"} {
			w.publish("d/k/t", v)
		}
		w.want("/home/k t 1", "/home/k t 2")
		time.Sleep(3 * time.Second)
		w.publish("d/k/t", "2")
		w.want("/home/k t 2")
		for _, v := range []string{"20", "20.4", "20.5", "20.6", "off"} {
			w.publish("b/k/t", v)
		}
		w.want("/home/k t 20", "/home/k t 20.5", `/home/k t "off"`)
		for _, v := range []string{"1", "2", "3"} {
			w.publish("r/k/t", v)
		}
		w.want("/home/k t 1")
		time.Sleep(2 * time.Second)
		w.want("/home/k t 3")
	})
}

func TestWhatComesOutLastIsTheNewestValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rule := rooms()
		rule.Direction, rule.Rate, rule.Dedupe = mapping.Out, "1/s", "1m"
		w := newWorld(t, rule)
		for _, v := range []string{"10", "20", "10"} {
			w.publish("home/k/t", v)
		}
		time.Sleep(3 * time.Second)
		got := w.heard.take()
		if len(got) == 0 || got[len(got)-1] != "/home/k t 10" {
			t.Errorf("heard %q, but the value is 10", got)
		}
	})
}

func TestAReloadSendsWhatARateHoldsBack(t *testing.T) {
	for name, next := range map[string]func(*mapping.Rule){
		"an unchanged rule": func(*mapping.Rule) {},
		"a changed rule":    func(r *mapping.Rule) { r.Rate = "2/s" },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rule := rooms()
				rule.Direction, rule.Rate = mapping.Out, "1/s"
				w := newWorld(t, rule)
				w.publish("home/k/t", "1")
				w.publish("home/k/t", "2")
				next(&rule)
				table, err := mapping.Compile([]mapping.Rule{rule})
				if err != nil {
					t.Fatal(err)
				}
				w.bridge.Apply(table, nil)
				time.Sleep(3 * time.Second)
				w.want("/home/k t 1", "/home/k t 2")
			})
		})
	}
}

func TestARuleThatIsSlowEveryTimeIsPaused(t *testing.T) {
	rule := rooms()
	rule.Direction, rule.When = mapping.Out, "payload > 10"
	w := newWorld(t, rule)
	var clock time.Time
	step := time.Duration(0)
	w.bridge.now = func() time.Time { clock = clock.Add(step); return clock }
	clock = time.Unix(1000, 0)
	w.publish("home/k/t", "21")
	w.want("/home/k t 21")
	step = 60 * time.Millisecond // each look at the clock: every run takes so long
	for range slowRuns {
		w.publish("home/k/t", "21")
	}
	w.heard.take()
	w.publish("home/k/t", "21")
	w.want()
	if w.dropped("paused") != 1 || w.bridge.Stats()[0].LastError == nil {
		t.Errorf("not paused: %v %+v", w.drops.Counts(), w.bridge.Stats()[0])
	}
	step, clock = 0, clock.Add(pauseTime)
	w.publish("home/k/t", "22")
	w.want("/home/k t 22")
}
