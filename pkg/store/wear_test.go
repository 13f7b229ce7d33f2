package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// TestWear plays an hour of 10 updates a second over 500 topics, 100 bytes each,
// at the default intervals, and wants a day of it to write no more than a
// quarter of a gigabyte. Log writes count as the whole blocks they touch.
func TestWear(t *testing.T) {
	const (
		hour   = 3600 / 5 // flushes
		rate   = 10 * 5   // updates between two
		budget = 250_000_000
	)
	s := open(t, fastDir(t), slow())
	r := rand.New(rand.NewPCG(1, 1))
	seq, blocks := uint64(0), int64(0)
	block := int64(os.Getpagesize())
	for flush := range hour {
		for range rate {
			seq++
			s.Put(Value{
				Topic: fmt.Sprintf("home/room%02d/sensor%d", r.IntN(50), r.IntN(10)), Seq: 1<<24 + seq,
				Payload: make([]byte, 100), At: time.Unix(1_700_000_000, int64(seq)),
			})
		}
		from := s.log.size
		must(t, s.Flush())
		blocks += (s.log.size-1)/block - from/block + 1
		if flush%120 == 119 {
			must(t, s.Checkpoint())
			blocks++ // the header of a segment
		}
	}
	st := s.Stats()
	log, bolt := 24*blocks*block, 24*st.BoltBytes
	t.Logf("a day writes %d MB of log (%d MB before rounding to blocks) and %d MB of bbolt, in %d log syncs and %d commits",
		log/1e6, 24*st.LogBytes/1e6, bolt/1e6, 24*st.LogSyncs, 24*st.BoltCommits)
	if log+bolt > budget {
		t.Errorf("%d MB a day", (log+bolt)/1e6)
	}
	if st.Topics != 500 {
		t.Errorf("%d topics", st.Topics)
	}
}
