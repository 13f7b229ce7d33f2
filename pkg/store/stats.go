package store

import (
	"errors"
	"time"
)

// Stats are the store's counters since Open, and its present size.
type Stats struct {
	Topics        int    // last values held
	Bytes         int64  // memory they account for
	Retained      int    // retained messages held
	RetainedBytes int64  // memory they account for
	Dirty         int    // changes the next flush will write
	Evicted       uint64 // last values forgotten because of MaxTopics or MaxBytes
	Refused       uint64 // values and retained messages that could not be kept

	LogBytes int64  // written to the value log
	LogSyncs uint64 // of the value log, for flushes and queue commits
	Flushes  uint64 // that wrote anything, and succeeded
	LogSize  int64  // bytes of segments not yet checkpointed
	LogTorn  int64  // bytes of damaged segments left out by Open

	BoltBytes   int64  // written to bbolt, in whole pages
	BoltCommits uint64 // each of them synced
	BoltSize    int64  // bytes of the database file
	Checkpoints uint64 // completed

	Queues        int    // durable queues
	QueueItems    int    // in all of them
	QueueBytes    int64  // of their data
	QueueDropped  uint64 // items dropped for a queue's bounds
	QueueCommits  uint64 // log syncs that made queue operations durable, flushes included
	QueueFailures uint64 // commits that could not be written

	LastFlush     time.Time // that wrote anything
	LastError     error     // of the last flush, checkpoint and queue commit; nil when all went well
	WriteFailures uint64    // flushes and checkpoints that failed; the next one tries again
}

// Stats returns the counters.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	st := Stats{
		Topics: s.values.live, Bytes: s.values.bytes,
		Retained: s.retained.live, RetainedBytes: s.retained.bytes,
		Dirty: s.dirty.n, Evicted: s.evicted, Refused: s.refused,
		Checkpoints: s.checkpoints,
		Flushes:     s.flushes,
		LastFlush:   s.lastFlush, LastError: errors.Join(s.flushErr, s.checkpointErr), WriteFailures: s.failures,
	}
	s.mu.Unlock()
	s.queues.stats(&st)
	st.LogBytes, st.LogSyncs, st.LogSize = s.log.bytes.Load(), s.log.syncs.Load(), s.log.total.Load()
	st.LogTorn = s.torn
	st.BoltCommits, st.BoltBytes, st.BoltSize = s.commits.stats()
	return st
}

func (qs *queueSet) stats(st *Stats) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	st.Queues = len(qs.byName)
	for _, q := range qs.byName {
		st.QueueItems += q.n
		st.QueueBytes += q.bytes
	}
	st.QueueDropped, st.QueueCommits, st.QueueFailures = qs.dropped, qs.commits, qs.failures
	st.LastError = errors.Join(st.LastError, qs.err)
}
