package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// copyDir copies what a data directory holds, as a power cut would leave it.
func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := fastDir(t)
	entries, err := os.ReadDir(from)
	must(t, err)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, e.Name()), b, 0o600))
	}
	return to
}

// A version is one state of a topic; a history is all of them, in order.
type version struct {
	seq  uint64
	gone bool
}

type history struct {
	versions map[string][]version
	seq      uint64
}

func (h *history) put(s *Store, topic string) {
	h.seq++
	h.versions[topic] = append(h.versions[topic], version{seq: h.seq})
	s.Put(value(topic, fmt.Sprintf("%s %d", topic, h.seq), h.seq))
}

func (h *history) delete(s *Store, topic string) {
	h.seq++
	h.versions[topic] = append(h.versions[topic], version{seq: h.seq, gone: true})
	s.Delete(topic)
}

// lengths is how many versions each topic has had so far.
func (h *history) lengths() map[string]int {
	n := map[string]int{}
	for topic, v := range h.versions {
		n[topic] = len(v)
	}
	return n
}

// An image is a data directory as it was in the middle of something, what had
// been flushed by then, and what had happened at all.
type image struct {
	step            string
	dir             string
	durable, latest map[string]int
	segment         string // being written to
	synced          int64  // of it
}

// verify opens the image and wants each topic in a version no older than the
// last flush.
func (im image) verify(t *testing.T, h *history) {
	t.Helper()
	s, err := Open(im.dir, slow())
	if err != nil {
		t.Errorf("at %s: Open: %v", im.step, err)
		return
	}
	defer closeStore(t, s)
	if err := s.Check(); err != nil {
		t.Errorf("at %s: %v", im.step, err)
	}
	for topic, versions := range h.versions {
		now := version{gone: true}
		if v, ok := s.Get(topic); ok {
			now = version{seq: v.Seq}
			if want := fmt.Sprintf("%s %d", topic, v.Seq); string(v.Payload) != want {
				t.Errorf("at %s: %s holds %q, want %q", im.step, topic, v.Payload, want)
			}
		}
		if !among(now, versions, im.durable[topic], im.latest[topic]) {
			t.Errorf("at %s: %s is %+v, want one of versions %d to %d of %+v",
				im.step, topic, now, im.durable[topic], im.latest[topic], versions)
		}
	}
}

// among reports whether now is one of versions[durable-1 : latest].
func among(now version, versions []version, durable, latest int) bool {
	if durable == 0 && now.gone {
		return true
	}
	for _, v := range versions[max(durable, 1)-1 : latest] {
		if v.gone == now.gone && (v.gone || v.seq == now.seq) {
			return true
		}
	}
	return false
}

// torn derives from the image what the disk may hold of the bytes that were
// written and not yet synced.
func (im image) torn(t *testing.T) []image {
	t.Helper()
	whole, err := os.ReadFile(filepath.Join(im.dir, im.segment))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	must(t, err)
	written := max(im.synced, int64(len(bytes.TrimRight(whole, "\x00"))))
	tail, room := whole[im.synced:written], whole[written:]
	if len(tail) == 0 {
		return nil
	}
	var images []image
	for name, left := range map[string][]byte{
		"nothing":     {},
		"one byte":    tail[:1],
		"half":        tail[:len(tail)/2],
		"all but one": tail[:len(tail)-1],
		"zeroes":      make([]byte, len(tail)),
		"half zeroes": append(bytes.Clone(tail[:len(tail)/2]), make([]byte, len(tail)/2)...),
		"noise":       bytes.Repeat([]byte{0x5a}, len(tail)),
		"then noise":  append(bytes.Clone(tail), 1, 0, 0, 0, 0xff),
	} {
		cut := im
		cut.step += ", of the tail " + name
		cut.dir = copyDir(t, im.dir)
		must(t, os.WriteFile(filepath.Join(cut.dir, im.segment), slices.Concat(whole[:im.synced], left, room), 0o600))
		images = append(images, cut)
	}
	return images
}

// TestPowerCutAtEachStep takes an image of the directory at every step of a run,
// and wants a sound store with everything that was flushed from each of them.
func TestPowerCutAtEachStep(t *testing.T) {
	h := &history{versions: map[string][]version{}}
	var s *Store
	var images []image
	durable := map[string]int{}
	synced := int64(-1)
	o := slow()
	o.chunk = 7
	o.fault = func(step string) error {
		if s == nil {
			return nil // within Open
		}
		if step == "log write" && synced < 0 {
			synced = s.log.size
		}
		im := image{step: fmt.Sprintf("step %d (%s)", len(images), step), durable: durable, latest: h.lengths(), dir: copyDir(t, s.dir)}
		im.segment, im.synced = filepath.Base(segmentPath("", s.log.number)), s.log.size
		if synced >= 0 {
			im.synced = synced
		}
		if step == "log sync" {
			synced = -1
		}
		images = append(images, im)
		return nil
	}
	s = open(t, fastDir(t), o)
	durably := func(f func() error) {
		must(t, f())
		durable = h.lengths()
	}
	for round := range 4 {
		for i := range 40 {
			h.put(s, fmt.Sprintf("t/%d", (i*7+round)%30))
		}
		durably(s.Flush)
		h.put(s, "t/1")
		h.delete(s, fmt.Sprintf("t/%d", round))
		must(t, s.PutRecord("r", fmt.Sprint(round), nil))
		if round%2 == 0 {
			durably(s.Flush)
		}
		h.put(s, "late")
		durably(s.Checkpoint)
		h.delete(s, "late")
		h.delete(s, fmt.Sprintf("t/%d", round+10))
		if round == 1 {
			s = reopen(t, s)
			durable = h.lengths()
		}
	}
	n := 0
	for _, im := range images {
		for _, v := range append(im.torn(t), im) {
			v.verify(t, h)
			n++
		}
	}
	if n < 50 {
		t.Errorf("only %d images", n)
	}
	t.Logf("%d images", n)
}
