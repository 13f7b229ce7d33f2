//go:build linux

package simulator

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// journal is what happened, a line each.
type journal struct {
	mu    sync.Mutex
	log   func(string)
	lines []string
	read  int           // how many were looked at by await
	news  chan struct{} // closed when there is a line
}

func (j *journal) say(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	j.lines = append(j.lines, text)
	j.log(text)
	close(j.news)
	j.news = make(chan struct{})
}

func (j *journal) await(ctx context.Context, text string) (string, error) {
	for {
		found, news := j.next(text)
		if news == nil {
			return found, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			j.mu.Lock()
			defer j.mu.Unlock()
			return "", fmt.Errorf("the board did not say %q: %w; it said:\n%s", text, ctx.Err(), strings.Join(j.lines, "\n"))
		}
	}
}

// next looks for text in the lines that nobody awaited; without, it returns what tells of the next line.
func (j *journal) next(text string) (string, chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := j.read; i < len(j.lines); i++ {
		if strings.Contains(j.lines[i], text) {
			j.read = i + 1
			return j.lines[i], nil
		}
	}
	return "", j.news
}
