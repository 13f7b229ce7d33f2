package flash

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"gateway/internal/flash/rom"
)

const (
	maxLines = 500
	maxLine  = 200 // bytes
)

// Tracker keeps how a job stands while it runs. Its methods may be called from any goroutine.
type Tracker struct {
	changed func() // told of each change; must not block

	mu      sync.Mutex
	job     Job
	lines   int // ever
	secrets []string
	steps   []step
	began   time.Time // of the phase
}

// NewTracker returns the tracker of work that begins now. changed may be nil; it is called after each change, in the goroutine that
// made it.
func NewTracker(id string, w Work, changed func()) *Tracker {
	if changed == nil {
		changed = func() {}
	}
	t := &Tracker{changed: changed, steps: phases(w.Kind), job: Job{
		ID: id, Kind: w.Kind, Port: w.Port, Board: w.Order.ID, Name: w.Order.Name, Template: w.Order.Template, SSID: w.Order.SSID,
		State: Running, Phase: Connect, Started: time.Now(), Baud: w.Baud,
	}}
	for _, s := range t.steps {
		t.job.Phases = append(t.job.Phases, PhaseState{Name: s.phase, State: Waiting})
	}
	return t
}

// Job returns how it stands now. What it returns is the caller's own.
func (t *Tracker) Job() Job {
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.job
	j.Phases, j.Log = slices.Clone(j.Phases), slices.Clone(j.Log)
	j.Percent, j.ETA = t.progress(time.Now())
	return j
}

// change alters the job under the lock, and tells of it.
func (t *Tracker) change(do func(j *Job)) {
	t.mu.Lock()
	do(&t.job)
	t.mu.Unlock()
	t.changed()
}

// begin ends the phase before, and begins the next one with total bytes to do.
func (t *Tracker) begin(p Phase, total int64) {
	t.change(func(j *Job) {
		for i := range j.Phases {
			switch s := &j.Phases[i]; {
			case s.Name == p:
				s.State, s.Total = Running, total
			case s.State == Running:
				s.State = Done
				s.Done = s.Total
			}
		}
		j.Phase, t.began = p, time.Now()
	})
}

func (t *Tracker) moved(done, total int64) {
	t.change(func(j *Job) {
		s := j.phase()
		if s == nil {
			return
		}
		s.Done, s.Total = done, total
		if done == 0 {
			t.began = time.Now()
		}
		if took := time.Since(t.began).Seconds(); j.Phase == Write && took > 0.2 {
			j.Rate = int(float64(done) / took)
		}
	})
}

func (j *Job) phase() *PhaseState {
	for i := range j.Phases {
		if j.Phases[i].Name == j.Phase {
			return &j.Phases[i]
		}
	}
	return nil
}

func (t *Tracker) manual(on bool) {
	t.change(func(j *Job) { j.Manual = on })
	if on {
		t.say(FromGateway, "hold FLASH, press RESET, and let go of both: the board has to be put into its loader by hand")
	}
}

// press asks for RESET alone: with FLASH held, the board would stay in its loader.
func (t *Tracker) press() {
	t.change(func(j *Job) { j.Manual = true })
	t.say(FromGateway, "press RESET, without FLASH: the board has not started by itself")
}

func (t *Tracker) released() { t.change(func(j *Job) { j.Manual = false }) }

func (t *Tracker) found(c rom.Chip, baud int) {
	t.change(func(j *Job) { j.Chip, j.Baud, j.Manual = &c, baud, false })
}

// provisioned notes the board, and what may not be seen in the log.
func (t *Tracker) provisioned(k *Kit) {
	t.change(func(j *Job) {
		j.Board = k.Board.ID
		for _, s := range k.Secrets {
			if s != "" {
				t.secrets = append(t.secrets, s)
			}
		}
	})
}

// end closes the job: err is nil or a *Failure.
func (t *Tracker) end(f *Failure, suggestion *Suggestion) {
	t.change(func(j *Job) {
		j.Ended, j.Manual, j.State, j.Failure = time.Now(), false, Done, f
		state := Done
		if f != nil {
			j.State, state = Failed, Failed
			if f.Reason == IsCancelled {
				j.State = Cancelled
			}
		} else {
			j.Suggestion = suggestion
		}
		for i := range j.Phases {
			switch s := &j.Phases[i]; s.State {
			case Running:
				s.State = state
			case Waiting:
				s.State = Skipped
			}
		}
	})
}

// say adds a line to the log.
func (t *Tracker) say(from, text string) {
	t.change(func(j *Job) {
		text = printable(text)
		if !slices.Contains(verdicts(), text) { // whose words might be somebody's password
			text = t.withoutSecrets(text)
		}
		t.lines++
		j.Log = append(j.Log, Line{t.lines, time.Now(), from, clip(text)})
		if n := len(j.Log); n > maxLines {
			j.Log = slices.Clone(j.Log[n-maxLines:])
		}
	})
}

// withoutSecrets is called with the lock held.
func (t *Tracker) withoutSecrets(text string) string {
	for _, s := range t.secrets {
		text = strings.ReplaceAll(text, s, "***")
	}
	return text
}

// hide takes what nobody may see from what a board says.
func (t *Tracker) hide(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.withoutSecrets(text)
}

// clean is what a board says, for people: printable, and not too long.
func clean(s string) string { return clip(printable(s)) }

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func clip(s string) string {
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "") + "…"
	}
	return s
}

// progress is called with the lock held.
func (t *Tracker) progress(now time.Time) (percent int, eta time.Duration) {
	if t.job.State == Done {
		return 100, 0
	}
	var all, past float64
	for i, s := range t.steps {
		p := t.job.Phases[i]
		all += s.seconds
		switch p.State {
		case Done:
			past += s.seconds
		case Running, Failed:
			past += s.seconds * t.share(p, s, now)
		}
	}
	percent = min(99, int(100*past/max(all, 1)))
	if t.job.State == Running && !t.job.Manual {
		eta = time.Duration((all - past) * float64(time.Second)).Round(time.Second)
	}
	return percent, eta
}

// share is how much of a running phase is done, from 0 to 1: by bytes, else by time.
func (t *Tracker) share(p PhaseState, s step, now time.Time) float64 {
	if p.Total > 0 {
		return float64(p.Done) / float64(p.Total)
	}
	return min(0.9, now.Sub(t.began).Seconds()/s.seconds)
}
