package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestLongestUnusedIsEvicted(t *testing.T) {
	o := slow()
	o.MaxTopics = 3
	s := open(t, t.TempDir(), o)
	for i, topic := range []string{"a", "b", "c"} {
		s.Put(value(topic, "1", uint64(i+1)))
	}
	must(t, s.Flush())
	s.Get("a")
	s.Put(value("d", "1", 4)) // b goes
	s.Put(value("c", "2", 5))
	s.Put(value("e", "1", 6)) // a goes
	if got := matched(s, "#"); got != " c d e" {
		t.Errorf("left:%s", got)
	}
	if st := s.Stats(); st.Evicted != 2 || st.Topics != 3 {
		t.Errorf("%+v", st)
	}
	s = reopen(t, s)
	if got := matched(s, "#"); got != " c d e" {
		t.Errorf("left after reopening:%s", got)
	}
	s.Get("d")                // the oldest of what was loaded, but used since
	s.Put(value("f", "1", 7)) // c goes
	s.Put(value("g", "1", 8)) // e goes
	if got := matched(s, "#"); got != " d f g" {
		t.Errorf("left in the end:%s", got)
	}
}

func TestSmallerBoundAtOpen(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	fill(s, 100, 10)
	must(t, s.Checkpoint())
	must(t, s.Close())
	o := slow()
	o.MaxTopics = 10
	s = open(t, s.dir, o)
	if s.Len() != 10 {
		t.Errorf("%d topics", s.Len())
	}
	s.Match("#", func(v Value) bool {
		if v.Seq <= 90 {
			t.Errorf("%d was kept", v.Seq)
		}
		return true
	})
	s = reopen(t, s)
	if s.Len() != 10 {
		t.Errorf("%d topics after reopening", s.Len())
	}
}

func TestMaxBytes(t *testing.T) {
	o := slow()
	o.MaxBytes = 100_000
	s := open(t, t.TempDir(), o)
	for i := range 200 {
		s.Put(value(fmt.Sprint("t/", i), strings.Repeat("x", 1000), uint64(i)))
	}
	if st := s.Stats(); st.Bytes > o.MaxBytes || st.Topics < 50 || st.Topics > 100 || int(st.Evicted) != 200-st.Topics {
		t.Errorf("%+v", st)
	}
	wantNone(t, s, "t/0")
	wantValue(t, s, value("t/199", strings.Repeat("x", 1000), 199))

	left := s.Len()
	s.Put(value("t/199", strings.Repeat("x", 100_001), 200)) // fits nowhere
	wantNone(t, s, "t/199")
	if st := s.Stats(); st.Refused != 1 || st.Topics != left-1 {
		t.Errorf("%+v", st)
	}
}

func TestTopicsThatCannotBeKept(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	long := strings.Repeat("/", MaxTopicLen)
	s.Put(value("", "x", 1))
	s.Put(value(long+"/", "x", 2))
	s.Put(value(long, "x", 3))
	if err := s.PutRetained(Retained{Topic: long + "/"}); !errors.Is(err, ErrInvalid) {
		t.Errorf("PutRetained: %v", err)
	}
	must(t, s.PutRetained(Retained{Topic: long}))
	must(t, s.Checkpoint())
	s = reopen(t, s)
	if s.Len() != 1 || s.MaxSeq() != 3 {
		t.Errorf("Len %d, MaxSeq %d", s.Len(), s.MaxSeq())
	}
	wantValue(t, s, value(long, "x", 3))
}

func TestRetainedAreRefusedWhenFull(t *testing.T) {
	o := slow()
	o.MaxTopics = 2
	s := open(t, t.TempDir(), o)
	must(t, s.PutRetained(Retained{Topic: "a"}))
	must(t, s.PutRetained(Retained{Topic: "b"}))
	if err := s.PutRetained(Retained{Topic: "c"}); !errors.Is(err, ErrFull) {
		t.Errorf("third: %v", err)
	}
	must(t, s.PutRetained(Retained{Topic: "b", Payload: []byte("new")}))
	must(t, s.DeleteRetained("a"))
	must(t, s.PutRetained(Retained{Topic: "c"}))
	if st := s.Stats(); st.Retained != 2 || st.Refused != 1 {
		t.Errorf("%+v", st)
	}
}
