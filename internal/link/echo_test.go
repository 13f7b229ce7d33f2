package link

import (
	"strconv"
	"testing"
	"time"
)

func TestEchoes(t *testing.T) {
	now := time.Now()
	e := newEchoes()
	e.now = func() time.Time { return now }
	expect := func(payloads ...string) {
		for _, p := range payloads {
			e.expect("t", []byte(p))
		}
	}
	is := func(payload string, want bool) {
		t.Helper()
		if got := e.is("t", []byte(payload)); got != want {
			t.Errorf("%q: echo %v, want %v", payload, got, want)
		}
	}
	is("a", false)
	expect("a", "b", "a")
	is("x", false) // somebody else's, in between
	is("a", true)
	is("b", true)
	is("a", true)
	is("a", false)

	expect("lost", "c")
	is("c", true)
	is("lost", false)

	expect("d", "e")
	e.unexpect("t")
	is("e", false)
	is("d", true)

	expect("late")
	now = now.Add(echoAge + time.Second)
	is("late", false)
	if len(e.topics) > 1 {
		t.Errorf("%d topics are left", len(e.topics))
	}
}

func TestEchoesAreBounded(t *testing.T) {
	e := newEchoes()
	for i := range echoTopics + 100 {
		e.expect(strconv.Itoa(i), nil)
	}
	for range echoesPerTopic + 100 {
		e.expect("one", nil)
	}
	if len(e.topics) > echoTopics || len(e.topics["one"]) > echoesPerTopic {
		t.Errorf("%d topics, %d of one", len(e.topics), len(e.topics["one"]))
	}
}
