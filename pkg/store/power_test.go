package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gateway/pkg/store/internal/powercut"
)

// A powerRun is a script, what it starts from, and what must be found whenever
// the power goes: promised holds after any of it, whatever was left.
type powerRun struct {
	script string
	setup  func(t *testing.T, dir string) (backup []byte)
	verify func(t *testing.T, s *Store, p promises)
}

// TestPowerCuts records what a process does to its files, from the first boot on,
// and opens what a power cut at any point of it may leave. A few hundred images
// are tried; with GATEWAY_LONG=1, those of every point, many times over.
func TestPowerCuts(t *testing.T) {
	total := 0
	for _, run := range []powerRun{
		{"live", func(*testing.T, string) []byte { return nil }, verifyLive},
		{"migrate", setupMigrate, verifyMigrate},
		{"restore", setupRestore, verifyRestore},
	} {
		t.Run(run.script, func(t *testing.T) { total += run.play(t) })
	}
	t.Logf("%d images", total)
	if least := map[bool]int{false: 200, true: 2000}[long()]; total < least {
		t.Errorf("%d images, want %d", total, least)
	}
}

func long() bool { return os.Getenv("GATEWAY_LONG") != "" }

// play records the script and tries images. It returns how many.
func (run powerRun) play(t *testing.T) int {
	root, err := filepath.EvalSymlinks(fastDir(t))
	must(t, err)
	backup := run.setup(t, filepath.Join(root, "data"))
	start, err := powercut.Load(root)
	must(t, err)
	events := run.record(t, root, backup)
	changes := 0
	for _, e := range events {
		if e.Kind != powercut.Say && e.Kind != powercut.SyncBegin {
			changes++
		}
	}
	images := powerImages{run: run, disk: start, stride: 1, some: 4, r: rand.New(rand.NewPCG(7, uint64(len(events))))}
	if !long() {
		images.stride, images.some = 1+changes/55, 1
	}
	return images.try(t, events)
}

// record runs the script in a child.
func (run powerRun) record(t *testing.T, root string, backup []byte) []powercut.Event {
	t.Helper()
	outside, err := filepath.EvalSymlinks(fastDir(t))
	must(t, err)
	promises := filepath.Join(outside, "promises")
	must(t, os.WriteFile(filepath.Join(outside, "backup"), backup, 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), powerScriptEnv+"="+run.script, powerDirEnv+"="+filepath.Join(root, "data"),
		powerPromisesEnv+"="+promises, powerBackupEnv+"="+filepath.Join(outside, "backup"))
	cmd.Stderr = os.Stderr
	events, err := powercut.Record(cmd, root, promises)
	if errors.Is(err, powercut.ErrUnsupported) {
		t.Skipf("power cuts are not tried: %v", err)
	}
	must(t, err)
	return events
}

// promises are the numbers of what was tried, and of what must be found.
type promises struct{ tried, done map[string]int }

func (p promises) hear(e powercut.Event) {
	var verb, name string
	var n int
	if _, err := fmt.Sscan(string(e.Data), &verb, &name, &n); e.Kind != powercut.Say || err != nil {
		return
	}
	switch {
	case verb == "try":
		p.tried[name] = max(p.tried[name], n)
	case name == "flush":
		for _, prefix := range []string{"value/", "retained/", "removed"} {
			for tried, n := range p.tried {
				if strings.HasPrefix(tried, prefix) {
					p.done[tried] = n
				}
			}
		}
	default:
		p.done[name] = max(p.done[name], n)
	}
}

// powerImages tries images of a disk while it changes.
type powerImages struct {
	run    powerRun
	disk   *powercut.Disk
	stride int // of the changes, one in so many
	some   int // random images at each
	r      *rand.Rand
	n      int
}

func (im *powerImages) try(t *testing.T, events []powercut.Event) int {
	p := promises{map[string]int{}, map[string]int{}}
	for i := 0; i < len(events) && !t.Failed(); i++ {
		changed := im.disk.Apply(events[i])
		p.hear(events[i])
		for i+1 < len(events) && events[i+1].Kind == powercut.Say {
			i++
			im.disk.Apply(events[i])
			p.hear(events[i])
		}
		if !changed || im.r.IntN(im.stride) > 0 {
			continue
		}
		at := fmt.Sprintf("%s, event %d of %d", im.run.script, i, len(events))
		im.open(t, at+", all", im.disk.All(), p)
		im.open(t, at+", none", im.disk.None(), p)
		for n := range im.some {
			im.open(t, fmt.Sprint(at, ", some ", n), im.disk.Some(im.r), p)
		}
	}
	return im.n
}

// open opens what the power has left, and wants it sound, kept promises, and a
// store that goes on.
func (im *powerImages) open(t *testing.T, at string, image powercut.Image, p promises) {
	im.n++
	root, err := os.MkdirTemp(fastDirRoot(), "store-power-")
	must(t, err)
	defer os.RemoveAll(root)
	must(t, image.WriteTo(root))
	t.Run(at, func(t *testing.T) {
		s, err := Open(filepath.Join(root, "data"), slow())
		if err != nil {
			t.Fatal(err)
		}
		must(t, s.Check())
		im.run.verify(t, s, p)
		push(t, openQueue(t, s, "more", QueueOptions{}), "x")
		closeStore(t, s)
	})
}

// want reports a number that is not between what was promised and what was tried.
func (p promises) want(t *testing.T, name string, n int) {
	t.Helper()
	if n < p.done[name] || n > p.tried[name] {
		t.Errorf("%s is at %d, promised %d, tried %d", name, n, p.done[name], p.tried[name])
	}
}

func number(b []byte) (n int) {
	fmt.Sscan(string(b), &n)
	return n
}

func verifyLive(t *testing.T, s *Store, p promises) {
	retained := map[string]int{}
	must(t, s.EachRetained(func(r Retained) error { retained[r.Topic] = number(r.Payload); return nil }))
	for i := range 5 {
		v, _ := s.Get(fmt.Sprint("value/", i))
		p.want(t, fmt.Sprint("value/", i), number(v.Payload))
		p.want(t, fmt.Sprint("retained/", i), retained[fmt.Sprint("retained/", i)])
	}
	verifyBatches(t, s, p)
	for i := range 3 {
		ids := verifyItems(t, openQueue(t, s, fmt.Sprint("c", i), QueueOptions{}))
		p.want(t, fmt.Sprint("c", i), len(ids))
	}
	q := openQueue(t, s, "deleted", QueueOptions{})
	items, err := q.Next(0, 10)
	must(t, err)
	if len(items) == 0 && p.done["deleted"] == p.tried["deleted"] && p.done["deleted"] > 0 || len(items) > 1 {
		t.Errorf("%d items in the queue that is made anew", len(items))
	}
	for _, it := range items {
		p.want(t, "deleted", number(it.Data))
	}
}

// verifyBatches wants batches whole or not at all.
func verifyBatches(t *testing.T, s *Store, p promises) {
	for i := range 2 {
		name := fmt.Sprint("record/", i)
		data, _, err := s.GetRecord("r", name)
		must(t, err)
		p.want(t, name, number(data))
	}
	a := openQueue(t, s, "a", QueueOptions{})
	data, _ := a.Record("n")
	n := number(data)
	p.want(t, "batch", n)
	ids := verifyItems(t, a)
	if len(ids) != min(n, 4) || n > 0 && ids[len(ids)-1] != n {
		t.Errorf("queue a holds %v after %d batches", ids, n)
	}
	ids = verifyItems(t, openQueue(t, s, "b", QueueOptions{}))
	if n > 0 {
		if len(ids) == 0 || ids[len(ids)-1] != n {
			t.Fatalf("queue b holds %v after %d batches", ids, n)
		}
		p.want(t, "removed", ids[0]-1)
	}
}

// verifyItems wants a queue without a gap and each item with its own data.
func verifyItems(t *testing.T, q *Queue) (ids []int) {
	items, err := q.Next(0, 1000)
	must(t, err)
	for i, it := range items {
		if !bytes.Equal(it.Data, powerData(int(it.ID))) || i > 0 && it.ID != items[i-1].ID+1 {
			t.Errorf("queue %s: item %d after %v: %.20q", q.Name(), it.ID, ids, it.Data)
		}
		ids = append(ids, int(it.ID))
	}
	return ids
}

func setupMigrate(t *testing.T, dir string) []byte {
	must(t, os.CopyFS(dir, os.DirFS(fixture(1))))
	return nil
}

func verifyMigrate(t *testing.T, s *Store, p promises) {
	wantFixture(t, s)
	verifyBatches(t, s, p)
	kept, err := os.ReadFile(filepath.Join(s.dir, fmt.Sprintf("before-schema-%d.tar", schema)))
	must(t, err)
	must(t, unpack(bytes.NewReader(kept), filepath.Join(s.dir, "copy"+tmpSuffix)))
}

// setupRestore leaves a state with a log, and returns a backup of another.
func setupRestore(t *testing.T, dir string) []byte {
	mine := open(t, dir, slow())
	mine.Put(value("mine", "old", 1))
	push(t, openQueue(t, mine, "mine", QueueOptions{}), "old")
	must(t, mine.Close())
	other := open(t, fastDir(t), slow())
	fillFixture(t, other)
	return snapshot(t, other)
}

func verifyRestore(t *testing.T, s *Store, p promises) {
	if _, old := s.Get("mine"); old {
		if p.done["restore"] > 0 {
			t.Error("the old state is back")
		}
		wantValue(t, s, value("mine", "old", 1))
		wantContents(t, openQueue(t, s, "mine", QueueOptions{}), "1:old")
		wantNone(t, s, "checkpointed")
		return
	}
	if p.tried["restore"] == 0 {
		t.Error("the old state is gone")
	}
	wantFixture(t, s)
	wantQueues(t, s)
}
