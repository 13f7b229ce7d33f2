package bridge

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

func TestALateAnswerIsNotTakenForTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		w.connected("cmnd/p1/POWER")
		codes := make(chan string, 2)
		for _, arg := range []string{"1", "2"} {
			go func() {
				r, err := w.emit("/plugs", "p1", arg)
				codes <- string(fault.CodeOf(err)) + string(r.Payload)
			}()
			synctest.Wait()
		}
		if first := <-codes; first != "timeout" {
			t.Errorf("the first ended with %q", first)
		}
		synctest.Wait()
		w.publish("stat/p1/RESULT", "for the second")
		if second := <-codes; second != "for the second" {
			t.Errorf("the second ended with %q", second)
		}
	})
}

func plug() mapping.Rule {
	return mapping.Rule{
		Name: "plug", Topic: "cmnd/{id}/POWER", Namespace: "/plugs", Event: "{id}", Direction: mapping.In,
		RPC: &mapping.RPC{Reply: "stat/{id}/RESULT", Timeout: "1s"},
	}
}

func TestCallsWaitForTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		inFlight := 0
		w.bus.Attach("device", func(d *bus.Delivery) {
			if d.Message.Topic != "cmnd/p1/POWER" {
				return
			}
			if inFlight++; inFlight > 1 {
				t.Error("two commands in flight for one reply topic")
			}
			d.Heard()
			payload := append([]byte(nil), d.Message.Payload...)
			go func() {
				time.Sleep(100 * time.Millisecond)
				w.bus.Locked("cmnd/p1/POWER", func() { inFlight-- })
				w.publish("stat/p1/RESULT", "did "+string(payload))
			}()
		})
		var calls sync.WaitGroup
		for i := range 3 {
			calls.Go(func() {
				arg := fmt.Sprint(i)
				r, err := w.emit("/plugs", "p1", arg)
				if err != nil || !r.Answered || string(r.Payload) != "did "+arg || r.Topic != "stat/p1/RESULT" {
					t.Errorf("call %d: %+v %v", i, r, err)
				}
			})
		}
		calls.Wait()
		w.connected("cmnd/mute/POWER")
		if _, err := w.emit("/plugs", "mute", `1`); fault.CodeOf(err) != fault.Timeout {
			t.Errorf("a device that does not answer gave %v", err)
		}
	})
}

func TestTooManyCallsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		w.connected("cmnd/slow/POWER")
		codes := make(chan fault.Code, 32)
		for range maxWaiting + 1 {
			go func() {
				_, err := w.emit("/plugs", "slow", `1`)
				codes <- fault.CodeOf(err)
			}()
		}
		if first := <-codes; first != fault.RateLimited {
			t.Errorf("the first to end did so with %q", first)
		}
		for range maxWaiting {
			if code := <-codes; code != fault.Timeout {
				t.Errorf("a call ended with %q", code)
			}
		}
	})
}

// connected has somebody listen to a topic who never answers.
func (w *world) connected(topic string) {
	w.bus.Attach("somebody on "+topic, func(d *bus.Delivery) {
		if d.Message.Topic == topic {
			d.Heard()
		}
	})
}

func TestCallsThatNobodyHearsAreOfflineAtOnce(t *testing.T) {
	twin := mapping.Rule{Name: "twin", Topic: "cmnd/twin/POWER", To: "cmnd/away/POWER"}
	dashboard := mapping.Rule{Name: "seen", Topic: "cmnd/seen/+", Namespace: "/dash", Event: "x", Direction: mapping.Out}
	echo := mapping.Rule{Name: "echo", Topic: "cmnd/echo/POWER", To: "stat/echo/RESULT"}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug(), twin, dashboard, echo)
		w.bus.Attach("queues", func(d *bus.Delivery) {
			switch d.Message.Topic {
			case "cmnd/away/POWER":
				d.Waits("plug_7")
			case "cmnd/two/POWER":
				d.Waits("plug_7")
				d.Waits(`link "house"`)
			}
		})
		for _, c := range []struct {
			device, message string
			code            fault.Code
		}{
			{"nobody", `nobody is connected who listens to "cmnd/nobody/POWER"`, fault.Offline},
			{"away", `nobody is connected who listens to "cmnd/away/POWER"; it waits on disk for plug_7`, fault.Offline},
			{"two", `nobody is connected who listens to "cmnd/two/POWER"; it waits on disk for plug_7 and 1 more`, fault.Offline},
			{"twin", `nobody is connected who listens to "cmnd/twin/POWER"; it waits on disk for plug_7`, fault.Offline},
			{"seen", `no answer on "stat/seen/RESULT" within 1s`, fault.Timeout}, // a socket may be the device
			{"echo", "", ""}, // a rule has answered
		} {
			start := time.Now()
			r, err := w.emit("/plugs", c.device, `1`)
			if fault.CodeOf(err) != c.code || err != nil && err.Error() != c.message {
				t.Errorf("%s: %+v %v, want %s %q", c.device, r, err, c.code, c.message)
			}
			if c.code == fault.Offline && time.Since(start) > 0 {
				t.Errorf("%s: offline after %s", c.device, time.Since(start))
			}
		}
	})
}

func TestACallThatNobodyHearsLetsTheNextOneGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		if _, err := w.emit("/plugs", "p1", `1`); fault.CodeOf(err) != fault.Offline {
			t.Fatalf("got %v", err)
		}
		w.bus.Attach("device", func(d *bus.Delivery) {
			if d.Message.Topic == "cmnd/p1/POWER" {
				d.Heard()
				go func() { w.publish("stat/p1/RESULT", "done") }()
			}
		})
		if r, err := w.emit("/plugs", "p1", `1`); err != nil || string(r.Payload) != "done" {
			t.Errorf("got %+v %v", r, err)
		}
	})
}
