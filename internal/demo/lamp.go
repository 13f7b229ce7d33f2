package demo

import (
	"context"
	"encoding/json"
	"time"
)

const (
	lampNamespace = "/demo/lamp"
	// settle is how long the lamp waits after a connect or a replay before it reports: the replayed alert and the replayed
	// acknowledgement belong together, and the order they come in must not make the LED flicker.
	settle = 200 * time.Millisecond
)

// lamp is the board with an RGB LED and a button. Which alert it has, and up to which one somebody acknowledged, is all it
// knows: the two can come in any order.
type lamp struct {
	alert        alert
	seq          uint64 // of the alert, from its meta
	acknowledged uint64 // every alert up to this one
	by           string // who did
}

// alert is what the topic alert/lamp carries. Plain text is taken for the text of a critical one.
type alert struct {
	Level string `json:"level"` // critical, warning; anything else is no alert
	Text  string `json:"text"`
}

// acknowledgement says who acknowledged which alert; without seq it is the one that shows.
type acknowledgement struct {
	By  string `json:"by"`
	Seq uint64 `json:"seq"`
}

// led is what the lamp reports. Seq is there while an alert waits to be acknowledged.
type led struct {
	Color string `json:"color"` // green, amber, red
	Level string `json:"level,omitempty"`
	Text  string `json:"text,omitempty"`
	Seq   uint64 `json:"seq,omitempty"`
	By    string `json:"by,omitempty"` // who acknowledged the last one
}

// raise takes an alert.
func (l *lamp) raise(payload json.RawMessage, seq uint64) {
	if seq < l.seq {
		return
	}
	l.alert, l.seq = parseAlert(payload), seq
}

func parseAlert(payload json.RawMessage) alert {
	var a alert
	if json.Unmarshal(payload, &a) == nil {
		return a // null leaves it empty: no alert
	}
	if json.Unmarshal(payload, &a.Text) != nil {
		a.Text = string(payload)
	}
	a.Level = "critical"
	return a
}

// acknowledge takes an acknowledgement, from wherever.
func (l *lamp) acknowledge(payload json.RawMessage) {
	var a acknowledgement
	if json.Unmarshal(payload, &a) != nil || a.Seq == 0 {
		a.Seq = l.seq
	}
	if a.Seq >= l.acknowledged {
		l.acknowledged, l.by = a.Seq, a.By
	}
}

// led is the colour that follows.
func (l *lamp) led() led {
	colors := map[string]string{"critical": "red", "warning": "amber"}
	color, raised := colors[l.alert.Level]
	if !raised || l.seq <= l.acknowledged {
		return led{Color: "green", By: l.by}
	}
	return led{Color: color, Level: l.alert.Level, Text: l.alert.Text, Seq: l.seq}
}

// occurrence is something the lamp hears on its namespace.
type occurrence struct {
	name     string // connect, alert, acknowledge
	payload  json.RawMessage
	seq      uint64
	replayed bool
}

func (l *lamp) apply(o occurrence) {
	switch o.name {
	case "alert":
		l.raise(o.payload, o.seq)
	case "acknowledge":
		l.acknowledge(o.payload)
	}
}

// run takes what happens and reports the LED: at once when something changed it, a moment later after a connect or a replay.
func (l *lamp) run(ctx context.Context, happened <-chan occurrence, reportLED func(led) error) {
	var shown led
	due := time.NewTimer(settle)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		case o := <-happened:
			l.apply(o)
			if o.name == "connect" {
				shown = led{} // the gateway may have forgotten it
			}
			if o.name == "connect" || o.replayed {
				due.Reset(settle)
				continue
			}
		}
		if now := l.led(); now != shown && reportLED(now) == nil {
			shown = now
		}
	}
}
