package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"gateway/internal/flash"
)

// progress shows a job: at a terminal with a bar that moves, else in plain lines.
type progress struct {
	out   io.Writer
	moves bool // at a terminal
	quiet bool

	mu    sync.Mutex
	t     *flash.Tracker
	drawn time.Time
	bar   bool // one is on the screen
	line  int  // of the log, the last that was printed
	phase flash.Phase
	tenth int // of the phase, printed in plain lines
}

func newProgress(w io.Writer, quiet bool) *progress {
	f, ok := w.(*os.File)
	return &progress{out: w, moves: ok && term.IsTerminal(int(f.Fd())), quiet: quiet}
}

// follow shows what t follows from now on.
func (p *progress) follow(t *flash.Tracker) {
	p.mu.Lock()
	p.t = t
	p.mu.Unlock()
	p.poke()
}

// poke is called whenever something has changed.
func (p *progress) poke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.t == nil || p.quiet {
		return
	}
	j := p.t.Job()
	p.log(j)
	switch {
	case !p.moves:
		p.plain(j)
	case time.Since(p.drawn) > 100*time.Millisecond || j.Phase != p.phase:
		p.drawn, p.phase = time.Now(), j.Phase
		p.draw(j)
	}
}

// end leaves the screen as others expect it.
func (p *progress) end() {
	p.poke()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) clear() {
	if p.bar {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.bar = false
	}
}

func (p *progress) log(j flash.Job) {
	for _, l := range j.Log {
		if l.N <= p.line {
			continue
		}
		p.line = l.N
		p.clear()
		mark := "  "
		if l.From == flash.FromBoard {
			mark = "  | "
		}
		fmt.Fprintln(p.out, mark+l.Text)
	}
}

func (p *progress) plain(j flash.Job) {
	done, total := current(j)
	if j.Phase != p.phase {
		p.phase, p.tenth = j.Phase, 0
		fmt.Fprintln(p.out, j.Phase)
	}
	if total == 0 || j.State != flash.Running {
		return
	}
	if tenth := int(10 * done / total); tenth > p.tenth {
		p.tenth = tenth
		fmt.Fprintf(p.out, "%s %d%%\n", j.Phase, 10*tenth)
	}
}

const barWidth = 24

func (p *progress) draw(j flash.Job) {
	if j.State != flash.Running {
		p.clear()
		return
	}
	full := barWidth * j.Percent / 100
	text := fmt.Sprintf("%-8s [%s%s] %3d%%", j.Phase, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), j.Percent)
	if done, total := current(j); total > 0 {
		text += fmt.Sprintf("  %d of %d KB", done/1000, total/1000)
	}
	if j.Phase == flash.Write && j.Rate > 0 {
		text += fmt.Sprintf("  %.1f KB/s", float64(j.Rate)/1000)
	}
	if j.ETA > 0 {
		text += fmt.Sprintf("  %d s left", int(j.ETA.Seconds()))
	}
	fmt.Fprint(p.out, "\r\x1b[K"+text)
	p.bar = true
}

// current is how far the phase under way is, in bytes.
func current(j flash.Job) (done, total int64) {
	for _, s := range j.Phases {
		if s.Name == j.Phase {
			return s.Done, s.Total
		}
	}
	return 0, 0
}

// flashReport is how a job ended, for scripts.
type flashReport struct {
	State   flash.State  `json:"state"`
	Phase   flash.Phase  `json:"phase"`
	Board   string       `json:"board,omitempty"`
	Chip    string       `json:"chip,omitempty"`
	MAC     string       `json:"mac,omitempty"`
	Baud    int          `json:"baud,omitempty"`
	Rate    int          `json:"rate,omitempty"` // bytes of flash a second
	TookS   float64      `json:"took_s"`
	Reason  flash.Reason `json:"reason,omitempty"`
	Error   string       `json:"error,omitempty"`
	Log     []string     `json:"log"`
	Suggest string       `json:"suggested_topic,omitempty"`
}

func reportOf(j flash.Job) flashReport {
	r := flashReport{State: j.State, Phase: j.Phase, Board: j.Board, Baud: j.Baud, Rate: j.Rate, TookS: j.Ended.Sub(j.Started).Seconds(), Log: []string{}}
	if j.Chip != nil {
		r.Chip, r.MAC = j.Chip.Name, j.Chip.MAC
	}
	if j.Failure != nil {
		r.Reason, r.Error = j.Failure.Reason, j.Failure.Error()
	}
	if j.Suggestion != nil {
		r.Suggest = j.Suggestion.Topic
	}
	for _, l := range j.Log {
		r.Log = append(r.Log, l.From+": "+l.Text)
	}
	return r
}
