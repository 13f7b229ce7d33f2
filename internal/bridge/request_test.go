package bridge

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// respond publishes what a device answers to a command, with what the command said the answer has to carry.
func (w *world) respond(to *bus.Message, payload string) {
	w.Helper()
	_, err := w.bus.Publish(bus.Message{
		Topic: to.ResponseTopic, Payload: []byte(payload), Correlation: to.Correlation,
		Principal: access.Anonymous(), Origin: bus.Origin{Adapter: bus.FromMQTT},
	})
	if err != nil {
		w.Error(err)
	}
}

// commands collects what reaches the device of plug().
func (w *world) commands() chan *bus.Message {
	got := make(chan *bus.Message, 32)
	w.bus.Attach("device", func(d *bus.Delivery) {
		if d.Message.Topic == "cmnd/p1/POWER" {
			d.Heard()
			got <- d.Message
		}
	})
	return got
}

func TestCallsToAnMQTT5DeviceDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		commands := w.commands()
		answers := make(chan string, 10)
		call := func(arg string) {
			go func() {
				r, err := w.emit("/plugs", "p1", arg)
				answers <- fmt.Sprintf("%s: %s %v", arg, r.Payload, err)
			}()
			synctest.Wait()
		}
		call("1")
		call("2")
		if len(commands) != 1 {
			t.Fatalf("%d commands before the device has shown what it can", len(commands))
		}
		w.respond(<-commands, "one")
		synctest.Wait()
		if got := <-answers; got != "1: one <nil>" {
			t.Errorf("got %q", got)
		}
		call("3")
		call("4")
		second, third, fourth := <-commands, <-commands, <-commands
		if second.Expiry != 1 {
			t.Errorf("a command that its caller waits a second for lives for %d", second.Expiry)
		}
		w.publish("stat/p1/RESULT", "something of its own") // not an answer to anything
		w.respond(fourth, "four")
		w.respond(second, "two")
		w.respond(third, "three")
		synctest.Wait()
		got := map[string]bool{<-answers: true, <-answers: true, <-answers: true}
		for _, want := range []string{"2: two <nil>", "3: three <nil>", "4: four <nil>"} {
			if !got[want] {
				t.Errorf("no %q in %v", want, got)
			}
		}
		w.respond(second, "again")
		if w.bridge.Late() != 1 {
			t.Errorf("%d late answers", w.bridge.Late())
		}
	})
}

func TestLateAnswersAreCountedAndHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		commands := w.commands()
		if _, err := w.emit("/plugs", "p1", "1"); fault.CodeOf(err) != fault.Timeout {
			t.Fatalf("got %v", err)
		}
		late := <-commands
		done := make(chan string)
		go func() {
			r, _ := w.emit("/plugs", "p1", "2")
			done <- string(r.Payload)
		}()
		synctest.Wait()
		w.respond(late, "one")
		w.respond(<-commands, "two")
		if got := <-done; got != "two" {
			t.Errorf("the second call got %q", got)
		}
		if w.bridge.Late() != 1 {
			t.Errorf("%d late answers", w.bridge.Late())
		}
		foreign := &bus.Message{ResponseTopic: "stat/p1/RESULT", Correlation: []byte("somebody else's")}
		w.respond(foreign, "x")
		if w.bridge.Late() != 1 {
			t.Error("an answer to somebody else was counted")
		}
	})
}

func TestADeviceReplacedByAnOlderOneIsUnderstoodAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plug())
		commands := w.commands()
		call := func() chan string {
			done := make(chan string, 1)
			go func() {
				r, err := w.emit("/plugs", "p1", "1")
				done <- string(r.Payload) + string(fault.CodeOf(err))
			}()
			synctest.Wait()
			return done
		}
		first := call()
		w.respond(<-commands, "new")
		if got := <-first; got != "new" {
			t.Fatalf("got %q", got)
		}
		second := call()
		<-commands
		w.publish("stat/p1/RESULT", "old")
		if got := <-second; got != string(fault.Timeout) {
			t.Errorf("got %q", got)
		}
		third := call()
		<-commands
		w.publish("stat/p1/RESULT", "old")
		if got := <-third; got != "old" {
			t.Errorf("got %q", got)
		}
	})
}

// asked is an audience that acknowledges.
type asked struct {
	*audience
	answer func(e *Emission) *Answer
}

func (a *asked) Ask(ctx context.Context, e *Emission, answer func(*Answer)) {
	a.audience.Emit(e)
	go func() {
		if r := a.answer(e); r != nil {
			answer(r)
			return
		}
		<-ctx.Done()
		answer(nil)
	}()
}

func lamp() mapping.Rule {
	return mapping.Rule{Name: "lamp", Topic: "lamp/{id}/ask", Namespace: "/lamps", Event: "{id}", Direction: mapping.Out}
}

// answering makes the audience of a world acknowledge, and returns what the bus then has on answer topics.
func (w *world) answering(answer func(e *Emission) *Answer) chan *bus.Message {
	got := make(chan *bus.Message, 10)
	w.bridge.emitter = &asked{w.heard, answer}
	w.bus.Attach("asker", func(d *bus.Delivery) {
		if mapping.MatchFilter("answers/#", d.Message.Topic) {
			got <- d.Message
		}
	})
	return got
}

func (w *world) ask(change func(*bus.Message)) {
	w.Helper()
	m := bus.Message{
		Topic: "lamp/7/ask", Payload: []byte(`{"on":true}`), QoS: 1, ResponseTopic: "answers/me", Correlation: []byte{1, 0, 2},
		Principal: access.Anonymous(), Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: "me"},
	}
	if change != nil {
		change(&m)
	}
	if _, err := w.bus.Publish(m); err != nil {
		w.Fatal(err)
	}
}

func TestARequestIsAnsweredByASocket(t *testing.T) {
	for _, tc := range []struct {
		arg  mapping.Arg
		want string
	}{
		{mapping.Arg{JSON: []byte(`{"done":1}`)}, `{"done":1}`},
		{mapping.Arg{JSON: []byte(`"words"`)}, `words`},
		{mapping.Arg{Binary: []byte{0, 255}, IsBinary: true}, "\x00\xff"},
	} {
		w := newWorld(t, lamp())
		answers := w.answering(func(*Emission) *Answer {
			return &Answer{Principal: access.Anonymous(), Socket: "sock9", Args: []mapping.Arg{tc.arg}}
		})
		w.ask(nil)
		m := <-answers
		if m.Topic != "answers/me" || string(m.Payload) != tc.want || string(m.Correlation) != "\x01\x00\x02" || m.QoS != 1 || !m.Command {
			t.Errorf("answered with %+v", m)
		}
		w.want(`/lamps 7 {"on":true}`)
	}
}

func TestARequestThatNobodyAnswersEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lamp())
		answers := w.answering(func(*Emission) *Answer { return nil })
		for range maxOpen + 1 {
			w.ask(nil)
		}
		if w.dropped("too_many_requests") != 1 {
			t.Errorf("drops %v", w.drops.Counts())
		}
		time.Sleep(mapping.DefaultRPCTimeout + time.Second)
		synctest.Wait()
		if n := w.bridge.open.Load(); n != 0 || len(answers) > 0 {
			t.Errorf("%d open, %d answers", n, len(answers))
		}
	})
}

func TestAResponseTopicWritesNothingThatTheAskerMayNot(t *testing.T) {
	w := newWorld(t, lamp())
	answers := w.answering(func(*Emission) *Answer {
		return &Answer{Principal: access.Anonymous(), Args: []mapping.Arg{{JSON: []byte(`1`)}}}
	})
	w.ask(func(m *bus.Message) {
		m.Principal = &access.Principal{Kind: access.KindToken, ID: "narrow", Read: []string{"#"}, Write: []string{"lamp/#"}}
	})
	w.want(`/lamps 7 {"on":true}`) // an event like any other
	if w.dropped("response_denied") != 1 || len(answers) > 0 {
		t.Errorf("drops %v, %d answers", w.drops.Counts(), len(answers))
	}
}

func TestWhoMayNotWriteDoesNotAnswer(t *testing.T) {
	w := newWorld(t, lamp())
	var done sync.WaitGroup
	done.Add(1)
	answers := w.answering(func(*Emission) *Answer {
		defer done.Done()
		return &Answer{Principal: &access.Principal{Kind: access.KindToken, ID: "reader"}, Args: []mapping.Arg{{JSON: []byte(`1`)}}}
	})
	w.ask(nil)
	done.Wait()
	for end := time.Now().Add(10 * time.Second); w.dropped(string(fault.Denied)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not counted")
		}
	}
	if len(answers) > 0 {
		t.Error("it did")
	}
}
