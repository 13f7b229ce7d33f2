package engine

import (
	"fmt"
	"strings"
	"testing"
)

// text returns a frame whose wire form is s.
func text(s string) *Frame { return controlFrame([]byte(s)) }

func TestQueueTakesInOrder(t *testing.T) {
	var q queue
	for _, s := range []string{"aa", "bb", "cc", strings.Repeat("d", 20), "e"} {
		q.push(text(s), "")
	}
	var got []string
	for !q.empty() {
		got = append(got, string(q.take(make([]byte, 0, 5))))
	}
	want := []string{"aabb", "cc", strings.Repeat("d", 20), "e"}
	if fmt.Sprint(got) != fmt.Sprint(want) || q.bytes != 0 {
		t.Errorf("got %q, %d bytes left", got, q.bytes)
	}
}

func TestQueueConflates(t *testing.T) {
	var q queue
	for _, e := range []string{"a", "b", "", "a", "b", "a"} {
		q.push(text(e+"- "), e)
	}
	if q.conflated() || q.supersede("a") != 0 {
		t.Error("conflated before it was asked to be")
	}
	if n := q.conflate(); n != 3 {
		t.Errorf("%d removed, want 3", n)
	}
	for i := range 300 {
		if q.supersede("a") != 1 {
			t.Fatal("nothing superseded")
		}
		q.push(text(fmt.Sprintf("a%d ", i)), "a")
	}
	if q.supersede("c") != 0 {
		t.Error("superseded what was never there")
	}
	if n := len(q.entries); n > 200 {
		t.Errorf("%d entries for 3 frames", n)
	}
	if got := string(q.take(make([]byte, 0, 100))); got != "- b- a299 " || q.bytes != 0 || !q.empty() || q.holes != 0 {
		t.Errorf("took %q, %d bytes and %d holes left", got, q.bytes, q.holes)
	}
	if q.conflated() {
		t.Error("still conflated after something was taken")
	}
}

func TestQueueBounds(t *testing.T) {
	var q queue
	if !q.fits(1000, 10, 10) {
		t.Error("a large frame does not fit in an empty queue")
	}
	q.push(text("12345"), "k")
	if !q.fits(5, 10, 2) || !q.fits(1000, 10, 2) {
		t.Error("a large frame does not fit in a queue that is half empty")
	}
	q.push(text("6"), "")
	if !q.fits(4, 10, 3) || q.fits(5, 10, 3) || q.fits(1000, 10, 3) {
		t.Error("bytes")
	}
	q.take(make([]byte, 0, 10))
	q.push(text("12345"), "k")
	if q.fits(1, 10, 1) {
		t.Error("packets")
	}
	q.conflate()
	q.supersede("k")
	if !q.fits(10, 10, 1) {
		t.Error("what was superseded still counts")
	}
}

func TestQueueGivesMemoryBack(t *testing.T) {
	var q queue
	for range keepEntries + 1 {
		q.push(text("x"), "")
	}
	q.take(make([]byte, 0, 1000))
	if q.entries != nil {
		t.Error("a large queue is kept")
	}
	q.push(text("x"), "")
	q.take(make([]byte, 0, 10))
	q.shrink()
	if q.entries != nil {
		t.Error("an idle queue is kept")
	}
}
