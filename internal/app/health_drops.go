package app

import (
	"fmt"
	"time"

	"gateway/internal/api"
	"gateway/internal/trace"
)

// manyDrops in a minute are more than a device that is switched off here and there explains.
const manyDrops = 60

// dropMeter counts drops over the last minute.
type dropMeter struct {
	totals [dropWindow]map[trace.Key]uint64 // a ring
	n      int                              // samples taken
}

func (m *dropMeter) sample(counts []trace.Count) {
	totals := make(map[trace.Key]uint64, len(counts))
	for _, c := range counts {
		totals[c.Key] = c.N
	}
	m.totals[m.n%dropWindow] = totals
	m.n++
}

// lately is how many there were since the oldest sample, and what there was most of.
func (m *dropMeter) lately() (n uint64, most trace.Key) {
	if m.n == 0 {
		return 0, most
	}
	oldest := m.totals[0]
	if m.n > dropWindow {
		oldest = m.totals[m.n%dropWindow]
	}
	var top uint64
	for key, total := range m.totals[(m.n-1)%dropWindow] {
		more := total - oldest[key]
		n += more
		if more > top {
			top, most = more, key
		}
	}
	return n, most
}

func (h *health) checkDrops() []api.Check {
	h.mu.Lock()
	n, most := h.drops.lately()
	h.mu.Unlock()
	if n < manyDrops {
		return nil
	}
	cause := fmt.Sprintf("most of them at %s, because: %s", most.Where, most.Reason)
	if most.Rule != "" {
		cause += ", by mapping " + most.Rule
	}
	return []api.Check{{
		ID: "drops", State: api.StateWarn, Title: fmt.Sprintf("%s messages or requests were dropped in the last minute", thousands(n)),
		Cause: cause, Remedy: "the traffic page and the log say which", Href: "traffic",
	}}
}

// thousands is a number as people read it: 1,204.
func thousands[N int | uint64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// about is a duration as people say it.
func about(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(max(d, 0).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func megabytes(n uint64) string { return thousands(n>>20) + " MiB" }
