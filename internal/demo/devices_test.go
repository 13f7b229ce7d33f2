package demo

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// spoken records what a device publishes.
type spoken struct{ said chan [2]string }

func listen() spoken { return spoken{make(chan [2]string, 100)} }

func (s spoken) Publish(_ context.Context, topic string, payload []byte, _ byte, _ bool) error {
	s.said <- [2]string{topic, string(payload)}
	return nil
}

// start runs a device in the bubble of a test and returns how to end it.
func start(t *testing.T, run func(ctx context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the device ended with %v", err)
		}
	}
}

func TestThermometerStaysPlausible(t *testing.T) {
	for _, extreme := range []float64{0, 0.999} {
		d := &thermometer{celsius: 21, random: func() float64 { return extreme }}
		for range 10_000 {
			if v := d.next(); v < 10 || v > 30 {
				t.Fatalf("reads %v with all draws at %v", v, extreme)
			}
		}
	}
}

func TestThermometerPublishesEveryTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := listen()
		stop := start(t, func(ctx context.Context) error { return newThermometer().run(ctx, heard) })
		began := time.Now()
		for range 4 {
			m := <-heard.said
			if _, err := strconv.ParseFloat(m[1], 64); m[0] != "home/kitchen/temp" || err != nil {
				t.Errorf("published %q", m)
			}
		}
		if took := time.Since(began); took != 6*time.Second {
			t.Errorf("four readings took %v", took)
		}
		stop()
	})
}

func TestPlugAnswersCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard, commands := listen(), make(chan string)
		stop := start(t, func(ctx context.Context) error { return newPlug().run(ctx, heard, commands) })
		if m := <-heard.said; m != [2]string{"stat/plug/POWER", "ON"} {
			t.Errorf("first said %q", m)
		}
		if m := <-heard.said; m[0] != "tele/plug/SENSOR" || power(t, m[1]) < 40 {
			t.Errorf("reported %q", m)
		}
		for _, c := range []struct{ command, state string }{
			{"OFF", "OFF"}, {"", "OFF"}, {"toggle", "ON"}, {"0", "OFF"}, {"bright", "OFF"}, {"1", "ON"},
		} {
			commands <- c.command
			if m := <-heard.said; m != [2]string{"stat/plug/RESULT", `{"POWER":"` + c.state + `"}`} {
				t.Errorf("%q: answered %q", c.command, m)
			}
			if m := <-heard.said; m != [2]string{"stat/plug/POWER", c.state} {
				t.Errorf("%q: said %q", c.command, m)
			}
			if m := <-heard.said; (power(t, m[1]) > 0) != (c.state == "ON") {
				t.Errorf("%q: draws %v W", c.command, power(t, m[1]))
			}
		}
		stop()
	})
}

func power(t *testing.T, sensor string) float64 {
	t.Helper()
	var report struct{ ENERGY energy }
	if err := json.Unmarshal([]byte(sensor), &report); err != nil {
		t.Fatalf("%s: %v", sensor, err)
	}
	return report.ENERGY.Power
}

func TestPlugAddsUpTheDay(t *testing.T) {
	p := &plug{on: true, random: func() float64 { return 0 }}
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	p.measure(noon)
	if got := p.measure(noon.Add(10 * time.Hour)).Today; got != 0.42 {
		t.Errorf("ten hours at 42 W are %v kWh", got)
	}
	if got := p.measure(noon.Add(13 * time.Hour)).Today; got >= 0.42 {
		t.Errorf("after midnight still %v kWh", got)
	}
}

func TestLamp(t *testing.T) {
	raise := func(seq uint64, payload string) occurrence {
		return occurrence{name: "alert", seq: seq, payload: json.RawMessage(payload)}
	}
	acknowledge := func(payload string) occurrence {
		return occurrence{name: "acknowledge", payload: json.RawMessage(payload)}
	}
	red := raise(5, `{"level":"critical","text":"water"}`)
	for _, c := range []struct {
		name  string
		heard []occurrence
		want  led
	}{
		{"quiet", nil, led{Color: "green"}},
		{"critical", []occurrence{red}, led{Color: "red", Level: "critical", Text: "water", Seq: 5}},
		{"warning", []occurrence{raise(1, `{"level":"warning"}`)}, led{Color: "amber", Level: "warning", Seq: 1}},
		{"plain text", []occurrence{raise(1, `"water"`)}, led{Color: "red", Level: "critical", Text: "water", Seq: 1}},
		{"a number", []occurrence{raise(1, `7`)}, led{Color: "red", Level: "critical", Text: "7", Seq: 1}},
		{"all clear", []occurrence{red, raise(6, `{"level":"ok"}`)}, led{Color: "green"}},
		{"deleted", []occurrence{red, raise(6, `null`)}, led{Color: "green"}},
		{"acknowledged", []occurrence{red, acknowledge(`{"by":"page","seq":5}`)}, led{Color: "green", By: "page"}},
		{"acknowledged, replayed first", []occurrence{acknowledge(`{"by":"page","seq":5}`), red}, led{Color: "green", By: "page"}},
		{"acknowledged without seq", []occurrence{red, acknowledge(`"yes"`)}, led{Color: "green"}},
		{
			"an older one acknowledged",
			[]occurrence{red, acknowledge(`{"seq":4}`)},
			led{Color: "red", Level: "critical", Text: "water", Seq: 5},
		},
		{
			"a new one after the acknowledgement",
			[]occurrence{red, acknowledge(`{"seq":5}`), raise(9, `{"level":"critical"}`)},
			led{Color: "red", Level: "critical", Seq: 9},
		},
		{"an old replay", []occurrence{raise(9, `{"level":"ok"}`), red}, led{Color: "green"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lamp{}
			for _, o := range c.heard {
				l.apply(o)
			}
			if got := l.led(); got != c.want {
				t.Errorf("shows %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestLampReportsWithoutFlicker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := make(chan string, 10)
		happened := make(chan occurrence)
		stop := start(t, func(ctx context.Context) error {
			(&lamp{}).run(ctx, happened, func(l led) error {
				shown <- l.Color
				return nil
			})
			return nil
		})
		expect := func(after string, want ...string) {
			t.Helper()
			synctest.Wait()
			var got []string
			for len(shown) > 0 {
				got = append(got, <-shown)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: reported %q, want %q", after, got, want)
			}
		}
		alert := json.RawMessage(`{"level":"critical"}`)
		happened <- occurrence{name: "connect"}
		happened <- occurrence{name: "alert", payload: alert, seq: 5, replayed: true}
		happened <- occurrence{name: "acknowledge", payload: json.RawMessage(`{"seq":5}`), replayed: true}
		expect("replays, at first")
		time.Sleep(settle)
		expect("replays, settled", "green")
		happened <- occurrence{name: "alert", payload: alert, seq: 6}
		expect("alert", "red")
		happened <- occurrence{name: "alert", payload: alert, seq: 6}
		expect("the same again")
		happened <- occurrence{name: "connect"}
		time.Sleep(settle)
		expect("a new connection", "red")
		stop()
	})
}
