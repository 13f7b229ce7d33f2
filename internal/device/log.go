package device

import (
	"encoding/json"
	"slices"
	"time"

	"gateway/internal/fault"
)

const (
	maxLines   = 500  // kept of a board, in memory
	keptErrors = 50   // of them that outlive a restart
	maxPacket  = 50   // lines in one packet
	maxText    = 1000 // bytes of a line
)

// Line is one line of a board's log.
type Line struct {
	At     time.Time `json:"at" doc:"When the gateway got it"`
	N      int64     `json:"n" doc:"The board's own number of the line, since it started"`
	Uptime int64     `json:"uptime_ms" doc:"Of the board, when it happened"`
	Level  string    `json:"level" enum:"debug,info,warning,error,exception"`
	Text   string    `json:"text"`
}

func (l Line) bad() bool { return l.Level == "error" || l.Level == "exception" }

// UnmarshalJSON reads [n, uptime_ms, level, text], or what MarshalJSON wrote.
func (l *Line) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		parts := []any{&l.N, &l.Uptime, &l.Level, &l.Text}
		return json.Unmarshal(data, &parts)
	}
	type plain Line
	return json.Unmarshal(data, (*plain)(l))
}

// log takes lines; those that came before are dropped.
func (x *Session) log(data json.RawMessage) error {
	var lines []Line
	if err := parse("$log", data, &lines); err != nil {
		return err
	}
	if len(lines) > maxPacket {
		return fault.New(fault.TooLarge, "%d log lines in one packet: send %d at most", len(lines), maxPacket)
	}
	now := x.s.Now()
	for i := range lines {
		l := &lines[i]
		l.At, l.Text = now, clip(l.Text, maxText)
		if !slices.Contains([]string{"debug", "info", "warning", "error", "exception"}, l.Level) {
			l.Level = "info"
		}
	}
	x.b.mu.Lock()
	fresh := slices.DeleteFunc(lines, x.b.hasLine)
	x.b.addLines(fresh)
	x.b.mu.Unlock()
	if len(fresh) > 0 {
		x.s.Options.Changed(Change{ID: x.b.id, Lines: fresh})
	}
	return nil
}

// hasLine reports whether a line is there already: after a lost connection boards send again what they cannot know to have
// arrived. Numbers begin anew with each start, so all of the line is compared.
func (b *board) hasLine(l Line) bool {
	recent := b.lines[max(0, len(b.lines)-2*keptErrors):]
	return slices.ContainsFunc(recent, func(k Line) bool {
		return k.N == l.N && k.Uptime == l.Uptime && k.Level == l.Level && k.Text == l.Text
	})
}

func (b *board) addLines(lines []Line) {
	for _, l := range lines {
		b.unsaved = true
		b.urgent = b.urgent || l.bad()
	}
	b.lines = append(b.lines, lines...)
	if n := len(b.lines); n > maxLines {
		b.lines = append([]Line{}, b.lines[n-maxLines:]...)
	}
}
