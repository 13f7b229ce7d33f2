package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// A wearLoad is what an hour brings. A topic's payload has 100 bytes, and so has
// a command, which is queued for a persistent session and acknowledged at once.
type wearLoad struct {
	name     string
	topics   int
	rate     int   // updates a second
	commands int   // an hour
	budget   int64 // bytes a day
}

// wearLoads are those of a home: boards that report, and one that chatters.
func wearLoads() []wearLoad {
	return []wearLoad{
		{"10 updates a second over 500 topics", 500, 10, 0, 220e6},
		{"10 updates a second over 500 topics and 100 commands an hour", 500, 10, 100, 250e6},
		{"200 messages a second over 200 topics", 200, 200, 0, 600e6},
		{"1000 commands an hour", 0, 0, 1000, 250e6},
	}
}

// TestWear plays twenty minutes of each load at the default intervals, and wants a day
// of it to write no more than its budget.
func TestWear(t *testing.T) {
	const times = 3 * 24 // make a day
	for _, load := range wearLoads() {
		t.Run(load.name, func(t *testing.T) {
			w := wearRun{s: open(t, fastDir(t), slow()), r: rand.New(rand.NewPCG(1, 1))}
			w.q = openQueue(t, w.s, "session/lamp", QueueOptions{})
			w.play(t, load)
			st := w.s.Stats()
			log, bolt := times*w.blocks*int64(os.Getpagesize()), times*st.BoltBytes
			t.Logf("a day writes %d MB of log (%d MB before rounding to blocks) and %d MB of bbolt, in %d log syncs and %d commits",
				log/1e6, times*st.LogBytes/1e6, bolt/1e6, times*st.LogSyncs, times*st.BoltCommits)
			if log+bolt > load.budget {
				t.Errorf("%d MB a day, more than %d", (log+bolt)/1e6, load.budget/1e6)
			}
			if st.Topics != load.topics || w.commands != load.commands/3 {
				t.Errorf("%d topics, %d commands", st.Topics, w.commands)
			}
		})
	}
}

// A wearRun counts what a store writes. Log writes count as the whole
// blocks they touch.
type wearRun struct {
	s        *Store
	q        *Queue
	r        *rand.Rand
	seq      uint64
	blocks   int64
	commands int
}

func (w *wearRun) play(t *testing.T, load wearLoad) {
	const flushes = 3600 / 3 / 5
	for flush := range flushes {
		for range load.rate * 5 {
			w.update(load.topics)
		}
		for w.commands*flushes < load.commands/3*(flush+1) {
			w.count(func() { w.q.Remove(push(t, w.q, string(make([]byte, 100)))) })
			w.commands++
		}
		w.count(func() { must(t, w.s.Flush()) })
		if flush%120 == 119 {
			must(t, w.s.Checkpoint())
			w.blocks++ // the header of a segment
		}
	}
}

func (w *wearRun) update(topics int) {
	n := w.r.IntN(topics)
	w.seq++
	w.s.Put(Value{
		Topic: fmt.Sprintf("home/room%02d/sensor%d", n/10, n%10), Seq: 1<<24 + w.seq,
		Payload: make([]byte, 100), At: time.Unix(1_700_000_000, int64(w.seq)),
	})
}

// count adds the blocks that write touches.
func (w *wearRun) count(write func()) {
	block := int64(os.Getpagesize())
	from := w.logSize()
	write()
	if to := w.logSize(); to > from {
		w.blocks += (to-1)/block - from/block + 1
	}
}

func (w *wearRun) logSize() int64 {
	w.s.flushing.Lock()
	defer w.s.flushing.Unlock()
	return w.s.log.size
}
