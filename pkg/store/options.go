package store

import (
	"log/slog"
	"time"
)

// MaxTopicLen is the longest topic or record key kept, in bytes; it is bbolt's
// limit for a key, half of what MQTT allows for a topic.
const MaxTopicLen = 32768

// Options tune a Store. The zero value is ready for use.
type Options struct {
	// FlushInterval is the age after which a changed value is on disk, and so
	// the most that a crash can lose. A shorter one wears the card faster:
	// every flush costs at least one block. Default 5 s.
	FlushInterval time.Duration

	// CheckpointInterval is how often the value log is folded into bbolt. It
	// bounds the log, and with it the time Open takes. Default 10 min.
	CheckpointInterval time.Duration

	// MaxTopics bounds the number of last values; beyond it the longest unused
	// is evicted. Retained messages have a bound of the same size to themselves,
	// and are refused instead. Default 100,000.
	MaxTopics int

	// MaxBytes bounds the memory of last values, overhead included (about
	// 250 bytes a topic and 100 a level); beyond it the longest unused is
	// evicted. Retained messages have as much again. Default 256 MiB.
	MaxBytes int64

	// Logger takes what nobody is waiting to be told: failed background
	// flushes, a log tail cut off by a crash. Default slog.Default().
	Logger *slog.Logger

	// Now is the clock of Stats and backups. Default time.Now.
	Now func() time.Time

	// uptime is a clock that nobody sets, counting from some moment of Open on.
	// Tests only.
	uptime func() time.Duration

	// fault is called at each named step that touches the disk; an error makes
	// the step fail. Tests only.
	fault func(step string) error

	// chunk is the most items a checkpoint writes in one transaction. Tests only.
	chunk int
}

func (o Options) withDefaults() Options {
	if o.FlushInterval <= 0 {
		o.FlushInterval = 5 * time.Second
	}
	if o.CheckpointInterval <= 0 {
		o.CheckpointInterval = 10 * time.Minute
	}
	if o.MaxTopics <= 0 {
		o.MaxTopics = 100_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.uptime == nil {
		start := time.Now()
		o.uptime = func() time.Duration { return time.Since(start) }
	}
	if o.chunk <= 0 {
		o.chunk = checkpointItems
	}
	if o.fault == nil {
		o.fault = func(string) error { return nil }
	}
	return o
}
