package rules

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"gateway/pkg/mapping"
)

// Sample is a message to try a rule on.
type Sample struct {
	Seq     uint64 // 0 for one that somebody made up
	At      time.Time
	Topic   string
	Payload []byte // may be cut; not to be written to
	Size    int    // bytes of the payload as it came
	QoS     byte
	Retain  bool
}

func (s *Sample) cut() bool { return len(s.Payload) < s.Size }

func (s *Sample) input() mapping.Input {
	return mapping.Input{Topic: s.Topic, Payload: s.Payload, QoS: s.QoS, Retain: s.Retain}
}

// Row is one message and what the rule makes of it.
type Row struct {
	Seq       uint64     `json:"seq,omitempty"`
	At        *time.Time `json:"at,omitempty"`
	Topic     string     `json:"topic"`
	Payload   string     `json:"payload" doc:"Its first 1 KiB"`
	Encoding  string     `json:"encoding" enum:"utf8,base64" doc:"How payload is written here"`
	Size      int        `json:"size" doc:"Bytes of the payload"`
	Sample    bool       `json:"sample,omitempty" doc:"One that came with the request"`
	Truncated bool       `json:"truncated,omitempty" doc:"Only the beginning of the payload is recorded, so nothing is said of the outcome"`
	New       *Outcome   `json:"new,omitempty" doc:"What the rule makes of it. Absent when the rule does not send it anywhere"`
	Old       *Outcome   `json:"old,omitempty" doc:"What the rule that it replaces makes of it"`
	Differs   bool       `json:"differs,omitempty" doc:"New and old are not the same"`
}

// Outcome is what one rule makes of one message, or why it makes nothing of it.
type Outcome struct {
	Namespace     string         `json:"namespace,omitempty"`
	Room          string         `json:"room,omitempty"`
	Event         string         `json:"event,omitempty"`
	To            string         `json:"to,omitempty" doc:"Topic of a topic to topic rule"`
	Client        string         `json:"client,omitempty" doc:"Only the sockets of this user, token or device get it"`
	Value         string         `json:"value" doc:"The argument"`
	ValueEncoding string         `json:"value_encoding" enum:"json,base64" doc:"How value is written here"`
	Cut           bool           `json:"cut,omitempty" doc:"The value is longer than the 16 KiB of it that are shown"`
	Drop          mapping.Reason `json:"drop,omitempty" doc:"Why it is not sent; when means that the rule filters it"`
	Text          string         `json:"text,omitempty" doc:"The error behind drop"`
}

func rowOf(s *Sample) Row {
	r := Row{Seq: s.Seq, Topic: s.Topic, Size: s.Size, Sample: s.Seq == 0, Truncated: s.cut()}
	if !s.At.IsZero() {
		r.At = &s.At
	}
	r.Payload, r.Encoding = readable(shown(s.Payload))
	return r
}

// maxShown is how much of a payload a row shows, in bytes.
const maxShown = 1 << 10

// shown is the beginning of a payload, without half a character at its end.
func shown(b []byte) []byte {
	if len(b) <= maxShown {
		return b
	}
	for cut := maxShown; cut > maxShown-utf8.UTFMax; cut-- {
		if utf8.RuneStart(b[cut]) {
			return b[:cut]
		}
	}
	return b[:maxShown]
}

// maxValue is how much of an outcome's value a row shows, in bytes. Rows are many, and a camera's picture is a value too.
const maxValue = 16 << 10

// shorten leaves of the values in a row what is shown of them. It comes after they were compared.
func (r *Row) shorten() {
	for _, o := range []*Outcome{r.New, r.Old} {
		if o == nil || len(o.Value) <= maxValue {
			continue
		}
		end := maxValue // a whole number of Base64's groups
		for o.ValueEncoding == "json" && !utf8.RuneStart(o.Value[end]) {
			end--
		}
		o.Value, o.Cut = strings.Clone(o.Value[:end]), true
	}
}

// readable is bytes as JSON can hold them.
func readable(b []byte) (text, encoding string) {
	if utf8.Valid(b) {
		return string(b), "utf8"
	}
	return base64.StdEncoding.EncodeToString(b), "base64"
}

func outcomeOf(o mapping.Outcome) *Outcome {
	out := &Outcome{
		Namespace: o.Namespace, Room: o.Room, Event: o.Event, To: o.To, Client: o.Client, Drop: o.Drop, Text: o.Text,
		Value: string(o.Value.JSON), ValueEncoding: "json",
	}
	if o.Value.IsBinary {
		out.Value, out.ValueEncoding = base64.StdEncoding.EncodeToString(o.Value.Binary), "base64"
	}
	return out
}

// try runs the one rule of a table on a message; nil when the rule does not send it anywhere.
func try(table *mapping.Table, s *Sample) *Outcome {
	if table == nil {
		return nil
	}
	for _, o := range table.TryInput(s.input()) {
		return outcomeOf(o)
	}
	return nil
}
