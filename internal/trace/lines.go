package trace

import (
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	maxWaiting = 256             // lines that wait for the log
	burst      = 100             // lines in a row
	refill     = 5 * time.Second // one line more; 17,000 a day do not wear out an SD card
)

// line is a drop to be logged.
type line struct {
	seen
	detail string
}

// lines writes to the log without making the caller wait, and no more than the log ought to bear. Its goroutine lives only
// while there is something to write.
type lines struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	idle    *sync.Cond // nobody writes
	waiting []line
	writing bool
	tokens  int
	since   time.Time // when the youngest token came
	omitted uint64    // lines left out since the last one
}

func newLines(log *slog.Logger) *lines {
	l := &lines{log: log, now: time.Now, tokens: burst}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// put queues a line, and reports whether there was room for it.
func (l *lines) put(one line) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= maxWaiting || !l.take() {
		l.omitted++
		return false
	}
	one.source, one.detail = strings.Clone(one.source), strings.Clone(one.detail)
	l.waiting = append(l.waiting, one)
	if !l.writing {
		l.writing = true
		go l.write()
	}
	return true
}

// take spends a token, if there is one.
func (l *lines) take() bool {
	now := l.now()
	if n := int(now.Sub(l.since) / refill); l.tokens+n >= burst {
		l.tokens, l.since = burst, now
	} else {
		l.tokens, l.since = l.tokens+n, l.since.Add(time.Duration(n)*refill)
	}
	if l.tokens == 0 {
		return false
	}
	l.tokens--
	return true
}

// write logs until nothing waits.
func (l *lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > 0 {
		batch, omitted := l.waiting, l.omitted
		l.waiting, l.omitted = nil, 0
		l.mu.Unlock()
		l.admit(omitted)
		for _, one := range batch {
			l.log.Warn("dropped", "where", one.Where, "reason", one.Reason, "rule", one.Rule, "source", one.source,
				"detail", one.detail, "note", "further ones of this source are counted, not logged")
		}
		l.mu.Lock()
	}
	l.writing = false
	l.idle.Broadcast()
}

// admit says that lines were left out.
func (l *lines) admit(omitted uint64) {
	if omitted > 0 {
		l.log.Warn("too many kinds and sources of drops at a time: some were counted, not logged", "lines", omitted)
	}
}

// flush waits until nothing is left to write, and tells what was left out last.
func (l *lines) flush() {
	l.mu.Lock()
	for l.writing {
		l.idle.Wait()
	}
	omitted := l.omitted
	l.omitted = 0
	l.mu.Unlock()
	l.admit(omitted)
}
