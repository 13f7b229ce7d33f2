package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const crashDirEnv = "STORE_CRASH_DIR"

// What the child does at each sequence number follows from the number, so that
// the parent knows it without being told.
type crashOp struct {
	topic    string
	retained bool
	gone     bool
	payload  []byte
}

func crashOpAt(seq uint64) crashOp {
	r := rand.New(rand.NewPCG(seq, 1))
	op := crashOp{topic: fmt.Sprintf("t/%d/x", r.IntN(200)), retained: r.IntN(5) == 0, gone: r.IntN(8) == 0}
	op.payload = bytes.Repeat(fmt.Appendf(nil, "%d,", seq), r.IntN(60))
	return op
}

func (op crashOp) do(s *Store, seq uint64) error {
	switch {
	case op.retained && op.gone:
		return s.DeleteRetained(op.topic)
	case op.retained:
		return s.PutRetained(Retained{Topic: op.topic, Payload: op.payload, At: time.Unix(0, int64(seq))})
	case op.gone:
		s.Delete(op.topic)
	default:
		s.Put(Value{Topic: op.topic, Payload: op.payload, Seq: seq})
	}
	s.NoteSeq(seq)
	return nil
}

// crashChild loads the store until it is killed. It reports on its standard
// output what it is about to do up to ("a"), what must be durable up to ("d":
// two flushes have ended since, so one began since), which records are ("r") and
// which batches ("q").
func crashChild(dir string) {
	s, err := Open(dir, Options{
		FlushInterval: 5 * time.Millisecond, CheckpointInterval: 17 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	q, err := s.Queue("q", QueueOptions{MaxMessages: 20})
	if err != nil {
		fmt.Println("error", err)
	}
	type due struct{ seq, flushes uint64 }
	var waiting []due
	for seq := s.MaxSeq() + 1; ; {
		fmt.Println("a", seq+100)
		for range 100 {
			if err := crashOpAt(seq).do(s, seq); err != nil {
				fmt.Println("error", err)
			}
			seq++
		}
		flushes := s.Stats().Flushes
		waiting = append(waiting, due{seq - 1, flushes})
		for len(waiting) > 0 && flushes >= waiting[0].flushes+2 {
			fmt.Println("d", waiting[0].seq)
			waiting = waiting[1:]
		}
		if err := s.PutRecord("r", fmt.Sprint(seq%50), fmt.Append(nil, seq)); err != nil {
			fmt.Println("error", err)
		}
		fmt.Println("r", seq)
		b := s.Batch()
		b.Append(q, fmt.Append(nil, seq))
		b.Put(q, "last", fmt.Append(nil, seq))
		c, err := b.Commit()
		if err := errors.Join(err, c.wait()); err != nil {
			fmt.Println("error", err)
		}
		fmt.Println("q", seq)
	}
}

// crashRun is what the parent knows of the child's lives.
type crashRun struct {
	spans   []span // of sequence numbers, one for each life
	records map[string]uint64
	batch   uint64 // the last that was promised
}

type span struct{ first, durable, attempted uint64 }

// TestKilledFiftyTimes kills a process that is writing, over and over, and wants
// each time a sound store that has lost nothing that was flushed.
func TestKilledFiftyTimes(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	dir := t.TempDir()
	run := crashRun{records: map[string]uint64{}}
	for i := range kills {
		run.live(t, dir, 1+rand.IntN(8))
		s, err := Open(copyDir(t, dir), slow()) // a copy: the next life recovers by itself
		if err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		if err := s.Check(); err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		run.verify(t, s)
		closeStore(t, s)
		if t.Failed() {
			t.Fatalf("after kill %d", i)
		}
	}
	last := run.spans[len(run.spans)-1]
	t.Logf("%d operations durable in %d lives, the last with numbers from %d", run.total(), kills, last.first)
}

func (r *crashRun) total() (n uint64) {
	for _, s := range r.spans {
		n += s.durable + 1 - s.first
	}
	return n
}

// live starts a child and kills it after so many reports of durability.
func (r *crashRun) live(t *testing.T, dir string, reports int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDirEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	watchdog := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	lines := bufio.NewScanner(out)
	var sp span
	for lines.Scan() {
		r.hear(t, &sp, lines.Text())
		if strings.HasPrefix(lines.Text(), "d") {
			if reports--; reports == 0 {
				must(t, cmd.Process.Kill())
			}
		}
	}
	io.Copy(io.Discard, out)
	cmd.Wait() //nolint:errcheck // it was killed
	if reports > 0 {
		t.Fatal("child ended by itself")
	}
	r.spans = append(r.spans, sp)
}

func (r *crashRun) hear(t *testing.T, sp *span, line string) {
	t.Helper()
	var what string
	var seq uint64
	if _, err := fmt.Sscan(line, &what, &seq); err != nil {
		if strings.HasPrefix(line, "error") {
			t.Fatal(line)
		}
		return // cut short by the kill
	}
	switch what {
	case "a":
		if sp.first == 0 {
			sp.first = seq - 100
			sp.durable = sp.first - 1
		}
		sp.attempted = seq
	case "d":
		sp.durable = seq
	case "r":
		r.records[fmt.Sprint(seq%50)] = seq
	case "q":
		r.batch = seq
	}
}

func (r *crashRun) verify(t *testing.T, s *Store) {
	t.Helper()
	for i := 1; i < len(r.spans); i++ {
		if r.spans[i].first <= r.spans[i-1].attempted {
			t.Errorf("number %d given twice", r.spans[i].first)
		}
	}
	retained := map[string]Retained{}
	must(t, s.EachRetained(func(m Retained) error { retained[m.Topic] = m; return nil }))
	allowed := r.allowed()
	for i := range 200 {
		topic := fmt.Sprintf("t/%d/x", i)
		v, ok := s.Get(topic)
		allowed[false][topic].check(t, topic, ok, v.Seq, v.Payload)
		m, ok := retained[topic]
		allowed[true][topic].check(t, topic, ok, uint64(nanos(m.At)), m.Payload)
	}
	for key, seq := range r.records {
		data, _, err := s.GetRecord("r", key)
		must(t, err)
		var have uint64
		fmt.Sscan(string(data), &have)
		if have < seq {
			t.Errorf("record %s is %q, want %d or later", key, data, seq)
		}
	}
	r.verifyQueue(t, s)
}

// verifyQueue wants the newest items of the queue without a gap, and the record
// that came with the last of them.
func (r *crashRun) verifyQueue(t *testing.T, s *Store) {
	q := openQueue(t, s, "q", QueueOptions{})
	items, err := q.Next(0, 100)
	must(t, err)
	last, _ := q.Record("last")
	if r.batch == 0 && len(items) == 0 {
		return
	}
	if len(items) == 0 || len(items) > 20 || string(items[len(items)-1].Data) != string(last) || uint64(number(last)) < r.batch {
		t.Fatalf("%d items, record %s, promised %d", len(items), last, r.batch)
	}
	for i := range items[1:] {
		if items[i+1].ID != items[i].ID+1 {
			t.Errorf("item %d follows %d", items[i+1].ID, items[i].ID)
		}
	}
}

// crashWant says what may be found of a topic: any of the puts, or nothing.
type crashWant struct {
	puts map[uint64]bool
	gone bool
}

func (w *crashWant) check(t *testing.T, topic string, found bool, seq uint64, payload []byte) {
	t.Helper()
	switch {
	case w == nil:
		if found {
			t.Errorf("%s: found, never written", topic)
		}
	case !found && !w.gone:
		t.Errorf("%s: lost", topic)
	case found && !w.puts[seq]:
		t.Errorf("%s: number %d is older than what was durable, or was never put", topic, seq)
	case found && !bytes.Equal(payload, crashOpAt(seq).payload):
		t.Errorf("%s: number %d has another payload", topic, seq)
	}
}

// allowed is what may be found, of values (false) and retained messages (true).
// An operation known to be durable rules out all before it; one that may have
// been lost adds a possibility.
func (r *crashRun) allowed() map[bool]map[string]*crashWant {
	all := map[bool]map[string]*crashWant{false: {}, true: {}}
	for _, sp := range r.spans {
		for seq := sp.first; seq < sp.attempted; seq++ {
			op := crashOpAt(seq)
			w := all[op.retained][op.topic]
			if w == nil {
				w = &crashWant{puts: map[uint64]bool{}, gone: true}
				all[op.retained][op.topic] = w
			}
			if seq <= sp.durable {
				w.gone = false
				clear(w.puts)
			}
			if op.gone {
				w.gone = true
			} else {
				w.puts[seq] = true
			}
		}
	}
	return all
}
