package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestValuesSurviveReopen(t *testing.T) {
	for _, checkpoint := range []bool{false, true} {
		t.Run(fmt.Sprintf("checkpoint=%v", checkpoint), func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "a", "data"), slow())
			full := Value{
				Topic: "a/b", Payload: []byte{0, 255}, QoS: 2, Retain: true, Seq: 1 << 40,
				At: time.Unix(5, 6), ContentType: "application/json",
			}
			s.Put(value("a/b", "old", 1))
			s.Put(full)
			s.Put(Value{Topic: "empty"})
			s.Put(value("deleted", "x", 2))
			must(t, s.Flush())
			s.Delete("deleted")
			if checkpoint {
				must(t, s.Checkpoint())
			}
			s.Put(value("later", "y", 3))
			s = reopen(t, s)
			wantValue(t, s, full)
			wantValue(t, s, Value{Topic: "empty"})
			wantValue(t, s, value("later", "y", 3))
			wantNone(t, s, "deleted")
			if s.Len() != 3 || s.MaxSeq() != 1<<40 {
				t.Errorf("Len %d, MaxSeq %d", s.Len(), s.MaxSeq())
			}
		})
	}
}

func TestMatch(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	for i, topic := range []string{
		"a", "a/b", "a/b/c", "a/x/c", "a//c", "/a", "b/b", "$SYS/up", "$SYS/a/b",
		"w/1", "w/2", "w/3", "w/4", "w/5", "w/6", "w/7", "w/8", "w/9", "w/10",
	} {
		s.Put(value(topic, "1", uint64(i)))
	}
	s.Delete("w/3")
	tests := []struct{ filter, want string }{
		{"a", " a"},
		{"a/#", " a a//c a/b a/b/c a/x/c"},
		{"a/+", " a/b"},
		{"a/+/c", " a//c a/b/c a/x/c"},
		{"+", " a"},
		{"+/b", " a/b b/b"},
		{"/+", " /a"},
		{"+/a", " /a"},
		{"+/+/c", " a//c a/b/c a/x/c"},
		{"$SYS/#", " $SYS/a/b $SYS/up"},
		{"$SYS/+", " $SYS/up"},
		{"+/up", ""},
		{"+/a/b", ""},
		{"w/#", " w/1 w/10 w/2 w/4 w/5 w/6 w/7 w/8 w/9"},
		{"w/3", ""},
		{"none/#", ""},
		{"", ""},
		{"a/#/c", ""},
		{"a#", ""},
		{"a/b+", ""},
	}
	for _, tt := range tests {
		if got := matched(s, tt.filter); got != tt.want {
			t.Errorf("Match(%q) =%s, want%s", tt.filter, got, tt.want)
		}
	}
	n := 0
	s.Match("#", func(Value) bool { n++; return n < 4 })
	if n != 4 {
		t.Errorf("Match went on for %d values after false", n)
	}
	if got := matched(s, "#"); !strings.HasPrefix(got, " /a a a//c") || strings.Contains(got, "$") {
		t.Errorf("Match(#) =%s", got)
	}
}

func TestRetainedSurviveReopen(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	want := Retained{Topic: "a", Payload: []byte("p"), QoS: 1, At: time.Unix(9, 0), Expiry: 1<<32 - 1, Props: []byte{1, 2}}
	must(t, s.PutRetained(Retained{Topic: "a", Payload: []byte("old")}))
	must(t, s.PutRetained(want))
	must(t, s.PutRetained(Retained{Topic: "b"}))
	must(t, s.Checkpoint())
	must(t, s.DeleteRetained("b"))
	must(t, s.DeleteRetained("never"))
	s.Put(value("a", "value of the same topic", 1))
	s = reopen(t, s)
	n := 0
	must(t, s.EachRetained(func(got Retained) error {
		n++
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		return nil
	}))
	if n != 1 {
		t.Errorf("%d retained messages", n)
	}
	wantValue(t, s, value("a", "value of the same topic", 1))
}

func TestRecords(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	for i := range 3 {
		must(t, s.Update(func(tx *Tx) error { return tx.Put("many", fmt.Sprintf("%03d", i), []byte{byte(i)}) }))
	}
	must(t, s.PutRecord("users", "ann", []byte("1")))
	must(t, s.PutRecord("users", "bob", nil))
	must(t, s.DeleteRecord("many", "001"))
	must(t, s.DeleteRecord("nothing", "x"))
	boom := errors.New("boom")
	err := s.Update(func(tx *Tx) error {
		must(t, tx.Put("users", "ann", []byte("2")))
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("Update returned %v", err)
	}
	s = reopen(t, s)
	got := ""
	for _, bucket := range []string{"users", "many", "nothing"} {
		must(t, s.EachRecord(bucket, func(key string, data []byte) error {
			got += fmt.Sprintf("%s=%q ", key, data)
			return s.PutRecord("other", key, data) // writing inside is allowed
		}))
	}
	if want := `ann="1" bob="" 000="\x00" 002="\x02" `; got != want {
		t.Errorf("records %s, want %s", got, want)
	}
	if _, found, err := s.GetRecord("users", "bob"); !found || err != nil {
		t.Errorf("bob: %v, %v", found, err)
	}
	if err := s.PutRecord("users", "", nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("empty key: %v", err)
	}
}

func TestSecondStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, slow())
	_, err := Open(dir, slow())
	want := fmt.Sprintf("another gateway (pid %d) already uses data directory %s", os.Getpid(), dir)
	if !errors.Is(err, ErrLocked) || err.Error() != want {
		t.Errorf("second Open: %v", err)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, t.TempDir(), slow())
	must(t, s.Close())
	must(t, s.Close())
	if err := s.Flush(); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush: %v", err)
	}
	if err := s.Checkpoint(); !errors.Is(err, ErrClosed) {
		t.Errorf("Checkpoint: %v", err)
	}
	if err := s.PutRecord("a", "b", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("PutRecord: %v", err)
	}
	s.Put(value("a", "b", 1)) // must not panic
	s.Stats()
}
