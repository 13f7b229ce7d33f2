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
		if _, err := w.emit("/plugs", "nobody", `1`); fault.CodeOf(err) != fault.Timeout {
			t.Errorf("a device that does not answer gave %v", err)
		}
	})
}

func TestTooManyCallsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
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
