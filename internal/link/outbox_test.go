package link

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gateway/internal/bus"
)

// box is a queue in memory whose losses are counted.
func box(bounds Outbox) (q *memoryQueue, lost map[string]int) {
	c := Config{Outbox: bounds}
	c.setDefaults()
	lost = map[string]int{}
	return newMemoryQueue(c.Outbox, func(n int, reason string) { lost[reason] += n }), lost
}

func contents(t *testing.T, q Queue) string {
	t.Helper()
	items, err := q.Next(0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, it := range items {
		got = append(got, fmt.Sprintf("%d:%s", it.ID, it.Data))
	}
	return strings.Join(got, " ")
}

func TestMemoryQueueIsBounded(t *testing.T) {
	for _, tc := range []struct {
		name       string
		bounds     Outbox
		want       string
		lost, full int
	}{
		{"messages, oldest", Outbox{MaxMessages: 2}, "3:c3 4:d4", 2, 0},
		{"messages, newest", Outbox{MaxMessages: 2, Full: FullRefuse}, "1:a1 2:b2", 0, 2},
		{"bytes, oldest", Outbox{MaxBytes: 5}, "3:c3 4:d4", 2, 0},
		{"bytes, newest", Outbox{MaxBytes: 5, Full: FullRefuse}, "1:a1 2:b2", 0, 2},
		{"too small for any", Outbox{MaxBytes: 1}, "", 0, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, lost := box(tc.bounds)
			full := 0
			for _, data := range []string{"a1", "b2", "c3", "d4"} {
				if _, _, err := q.Append([]byte(data)); errors.Is(err, ErrFull) {
					full++
				}
			}
			if got := contents(t, q); got != tc.want || lost[DropFull] != tc.lost || full != tc.full {
				t.Errorf("%q, %d dropped, %d refused", got, lost[DropFull], full)
			}
		})
	}
}

func TestMemoryQueueForgetsTheOld(t *testing.T) {
	q, lost := box(Outbox{MaxAge: time.Hour})
	now := time.Now()
	q.now = func() time.Time { return now }
	_, _, _ = q.Append([]byte("old"))
	now = now.Add(2 * time.Hour)
	_, _, _ = q.Append([]byte("new"))
	if got := contents(t, q); got != "2:new" || lost[DropExpired] != 1 || !q.OldestAt().Equal(now) {
		t.Errorf("%q, %d expired, oldest %s", got, lost[DropExpired], q.OldestAt())
	}
	q.Remove(1)
	q.Remove(2)
	if q.Len() != 0 || q.bytes != 0 || !q.OldestAt().IsZero() {
		t.Errorf("%d items, %d bytes are left", q.Len(), q.bytes)
	}
}

func TestOutboxKnowsTheTopicsThatWait(t *testing.T) {
	c := Config{Name: "x", Outbox: Outbox{MaxMessages: 2}}
	c.setDefaults()
	o, err := openOutbox(&c, nil, func(int, byte, string) {})
	if err != nil {
		t.Fatal(err)
	}
	put := func(topic string) {
		if _, err := o.put(item{topic: topic, qos: 1}); err != nil {
			t.Fatal(err)
		}
	}
	put("a")
	put("a")
	o.finish(1, "a")
	put("b")
	if !o.holds("a") || !o.holds("b") || o.holds("c") {
		t.Error("a and b wait, c does not")
	}
	put("b") // drops a
	if o.holds("a") {
		t.Error("a was dropped")
	}
	o.finish(3, "b")
	o.finish(4, "b")
	if o.holds("b") {
		t.Error("nothing waits")
	}
	for i := range 1000 {
		put(fmt.Sprint(i))
	}
	if n := len(o.waiting); n > 3*batch {
		t.Errorf("%d topics are remembered for 2 items", n)
	}
}

func TestQoS0IsCountedApart(t *testing.T) {
	lost := map[string]int{}
	b := bus.New(bus.Options{Values: &values{m: map[string]bus.Message{}}})
	l, err := New(Config{Name: "x", URL: "mqtt://127.0.0.1:1", Outbox: Outbox{MaxMessages: 2}, Topics: []Topic{
		{Filter: "zero/#", Direction: DirectionOut}, {Filter: "one/#", Direction: DirectionOut, QoS: 1, RemotePrefix: strings.Repeat("p", 1000) + "/"},
	}}, b, Options{Drop: func(reason, source string) { lost[source+" "+reason]++ }})
	if err != nil {
		t.Fatal(err)
	}
	s := &side{t: t, Bus: b}
	for range 5 {
		s.publish("zero/x", "x", false)
	}
	for range 3 {
		s.publish("one/x", "x", false)
	}
	s.publish("one/"+strings.Repeat("x", 65_000), "x", false) // too long with its prefix
	if st := l.Stats(); st.Dropped != 5 || st.DroppedQoS0 != 3 || st.Queued != 4 || st.Oldest.IsZero() {
		t.Errorf("%+v", st)
	}
	if lost["link:x outbox_full"] != 4 || lost["link:x invalid"] != 1 {
		t.Errorf("%v", lost)
	}
}

func FuzzItem(f *testing.F) {
	for _, it := range []item{{topic: "a"}, {topic: "home/x", payload: []byte("on"), qos: 1, retain: true}, {topic: "a/b", payload: []byte{0}, qos: 2, trail: "1.1.a"}, {topic: "a", expiry: 5, payload: []byte{5}}} {
		f.Add(it.encode())
	}
	f.Add([]byte{itemFormat, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{itemFormat, 0, 1, 'a'})
	f.Add([]byte{itemFormat, 0, 1, 'a', 2, 'b'})
	f.Add([]byte{itemFormat, 0, 1, 'a', 0, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{itemWithoutTrail, 0, 1, 'a', 'b'})
	f.Add([]byte{itemFormat + 1, 0, 1, 'a', 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := decodeItem(data)
		if err != nil {
			return
		}
		again, err := decodeItem(it.encode())
		if err != nil || again.topic != it.topic || !bytes.Equal(again.payload, it.payload) || again.qos != it.qos || again.retain != it.retain || again.trail != it.trail || again.expiry != it.expiry {
			t.Errorf("%+v became %+v, %v", it, again, err)
		}
	})
}
