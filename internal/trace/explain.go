package trace

import (
	"fmt"
	"strings"
	"time"
)

// Trace is what happened to a message, or would happen, in sentences.
type Trace struct {
	Message *Message `json:"message,omitempty"`
	Steps   []Step   `json:"steps"`
	Verdict string   `json:"verdict" doc:"One sentence"`
}

// Step is one thing that happened to a message.
type Step struct {
	Kind       string `json:"kind" enum:"in,rule,socketio,mqtt,link,board,state,ack,drop"`
	AtUs       uint32 `json:"at_us" doc:"Microseconds since the message came in"`
	Rule       string `json:"rule,omitempty" doc:"The mapping"`
	Target     string `json:"target,omitempty" doc:"Where it went, or was to go" example:"/home/kitchen temp"`
	Receivers  uint32 `json:"receivers,omitempty" doc:"Who got it"`
	Slow       uint16 `json:"slow,omitempty" doc:"Receivers that were too far behind to get it"`
	Reason     string `json:"reason,omitempty" doc:"A stable word for why it went no further"`
	Text       string `json:"text" doc:"A sentence for people"`
	Recomputed bool   `json:"recomputed,omitempty" doc:"Worked out now, with the mappings in force now, and not recorded"`
}

// Refine adds to what a mark of [Rule] says, from the rule as it is now; nil or empty adds nothing.
type Refine func(Mark) (text string, recomputed bool)

// Explain tells the story of a message.
func Explain(m Message, marks []Mark, refine Refine) Trace {
	t := Trace{Message: &m, Steps: []Step{entered(m), kept(m)}}
	rules := 0
	for _, mark := range marks {
		step := StepOf(mark)
		if mark.Kind == Rule {
			rules++
			step.refine(mark, refine)
		}
		t.Steps = append(t.Steps, step)
	}
	if rules == 0 {
		t.Steps = append(t.Steps, Step{Kind: "rule", Text: "no mapping sends " + m.Topic + " on"})
	}
	t.Verdict = verdict(marks)
	return t
}

// refine adds what the rule as it is now says.
func (s *Step) refine(mark Mark, refine Refine) {
	more := ""
	if refine != nil {
		more, s.Recomputed = refine(mark)
	}
	if more == "" && mark.Reason == When {
		more = "its `when` is false"
	}
	if more != "" {
		s.Text += ", " + more
	}
}

func entered(m Message) Step {
	from := map[string]string{
		"mqtt": "MQTT client", "socketio": "socket", "link": "link", "http": "HTTP from", "source": "source",
		"bridge": "a mapping", "gateway": "the gateway itself",
	}[m.Origin.Adapter]
	text := strings.TrimSpace("came in by " + from + " " + m.Origin.Conn)
	if m.Origin.Adapter == "bridge" {
		text = "was made by a mapping from a message of another topic"
	}
	if m.Origin.Rule != "" {
		text += ", mapping " + m.Origin.Rule
	}
	if m.Principal != nil && m.Principal.Kind != "system" {
		text += ", published by " + strings.TrimSpace(m.Principal.Kind+" "+strings.TrimPrefix(m.Principal.ID, m.Principal.Kind))
	}
	return Step{Kind: "in", Text: text, Rule: m.Origin.Rule}
}

func kept(m Message) Step {
	switch {
	case m.Retain && m.Size == 0:
		return Step{Kind: "state", Text: "deleted the last and the retained value of its topic"}
	case m.Command:
		return Step{Kind: "state", Reason: "command", Text: "is a command: it is not kept as a last value, and who connects later does not get it"}
	case strings.HasPrefix(m.Topic, "$"):
		return Step{Kind: "state", Reason: "system", Text: "topics that begin with $ keep no last value"}
	}
	return Step{Kind: "state", Text: "is the last value of its topic, until the next one"}
}

// StepOf puts a mark into words.
func StepOf(m Mark) Step {
	s := Step{AtUs: m.After, Receivers: m.Receivers, Slow: m.Slow, Reason: m.Reason.String()}
	if m.Target != nil {
		s.Rule, s.Target = m.Target.Rule, m.Target.Name
	}
	switch m.Kind {
	case Rule:
		s.Kind, s.Text = ruleText(m)
	case Raw:
		s.Kind, s.Target = "socketio", "/mqtt"
		s.Text = count(m.Receivers, "socket") + " of /mqtt got it" + lost(m)
	case MQTT:
		s.Kind, s.Target = "mqtt", ""
		s.Text = mqttText(m)
	case Link:
		s.Kind, s.Text = "link", "link "+s.Target+" took it, to be sent to its broker"
		if m.Waiting > 0 {
			s.Text = "link " + s.Target + " is not connected: it waits in the outbox"
		}
		s.Target = "link " + s.Target
	case Acked:
		s.Kind, s.Text = "ack", "its publisher was told after "+within(m.After)+" that it is on disk for everybody it is kept for"
		if m.Reason != Sent {
			s.Kind, s.Text = "drop", "could not be put on disk: its publisher was told so"
		}
	case Answered:
		s.Kind, s.Text = "ack", "was answered after "+within(m.After)
		if m.Reason != Sent {
			s.Kind, s.Text = "drop", "was not answered: who asked was told so after "+within(m.After)
		}
	case Board, Desired, Taken:
		s.Kind, s.Text = boardText(m)
		s.Target = ""
	}
	return s
}

func mqttText(m Mark) string {
	var parts []string
	if m.Receivers > 0 {
		parts = append(parts, count(m.Receivers, "MQTT client")+" got it")
	}
	if m.Waiting > 0 {
		parts = append(parts, fmt.Sprintf("it waits for %d that %s not connected", m.Waiting, plural(m.Waiting, "is", "are")))
	}
	if m.Slow > 0 {
		parts = append(parts, fmt.Sprintf("%d had no room for it", m.Slow))
	}
	return strings.Join(parts, ", ")
}

// boardText says what a board got of a message.
func boardText(m Mark) (kind, text string) {
	board := "board " + m.Target.Name
	switch {
	case m.Kind == Taken && m.Reason == Sent:
		return "ack", board + " said after " + within(m.After) + " that it has it"
	case m.Kind == Taken:
		return "ack", board + " did not say that it has it: it went away, or took too long"
	case m.Kind == Desired && m.Reason == Sent:
		return "board", "it was taken for what " + board + " is to be"
	case m.Kind == Desired:
		return "board", "it could not be taken for what " + board + " is to be: see its drops"
	case m.Reason == Offline:
		return "board", board + " is not connected: it does not get it, since commands are not kept for it"
	case m.Reason == Denied:
		return "board", board + " may not read it"
	case m.Slow > 0:
		return "board", board + " had no room for it"
	}
	return "board", "it was sent to " + board
}

// ruleText says what a rule made of a message.
func ruleText(m Mark) (kind, text string) {
	rule, to := "mapping", ""
	if m.Target != nil {
		rule, to = "mapping "+m.Target.Rule, m.Target.Name
	}
	namespace, event, sockets := strings.Cut(to, " ")
	switch m.Reason {
	case Sent:
		if !sockets {
			return "rule", rule + ": published again on " + to
		}
		if m.Receivers == 0 && m.Slow == 0 {
			return "socketio", fmt.Sprintf("%s: sent to %s as %s, but no socket there hears this mapping", rule, namespace, event)
		}
		return "socketio", fmt.Sprintf("%s: sent to %s of %s as %s%s", rule, count(m.Receivers, "socket"), namespace, event, lost(m))
	case Nobody:
		return "rule", rule + ": not sent, nobody is connected to " + namespace
	case Paused, Failed, Reserved, Loop, Hops, RateDrop:
		kind = "drop"
	default:
		kind = "rule"
	}
	return kind, rule + ": " + [maxReason]string{
		When: "not sent", Dedupe: "not sent, it says what was sent shortly before",
		Deadband: "not sent, the number is too near to the one sent before", RateHeld: "held back by its rate: it goes out in a moment unless something newer comes",
		RateDrop: "not sent, over its rate", Loop: "not passed on, the message has been through this mapping already",
		Hops: "not passed on, the message has been through too many mappings", Paused: "not sent, the mapping is paused because its expressions were slow",
		Failed: "not sent, it could not be worked out", Reserved: "not sent, the name that it makes is reserved or too long",
		Unkept: "not kept", Unanswered: "not answered", Offline: "not sent, nobody is connected", Denied: "not sent, it may not be read",
	}[m.Reason]
}

func lost(m Mark) string {
	if m.Slow == 0 {
		return ""
	}
	return fmt.Sprintf("; %d too slow for it", m.Slow)
}

// verdict sums up who got a message.
func verdict(marks []Mark) string {
	var sockets, clients, links, boards, waiting, again uint32
	held := ""
	for _, m := range marks {
		waiting += m.Waiting
		switch {
		case m.Kind == Raw, m.Kind == Rule && m.Receivers > 0:
			sockets += m.Receivers
		case m.Kind == MQTT:
			clients += m.Receivers
		case m.Kind == Link:
			links += m.Receivers
		case m.Kind == Board || m.Kind == Desired:
			boards += m.Receivers
			if m.Receivers == 0 {
				_, held = boardText(m)
			}
		case m.Kind == Rule && m.Reason == Sent && m.Target != nil && !strings.Contains(m.Target.Name, " "):
			again++
		case m.Kind == Rule && held == "":
			_, held = ruleText(m)
		}
	}
	var got []string
	for _, part := range []struct {
		n    uint32
		what string
	}{{sockets, "socket"}, {clients, "MQTT client"}, {links, "link"}, {boards, "board"}, {again, "other topic"}} {
		if part.n > 0 {
			got = append(got, count(part.n, part.what))
		}
	}
	text := "nobody got it"
	if len(got) > 0 {
		text = strings.Join(got, ", ") + " got it"
	}
	if waiting > 0 {
		text += fmt.Sprintf("; it waits for %d more", waiting)
	}
	if len(got) == 0 && held != "" {
		text += ": " + held
	}
	return text
}

func count(n uint32, what string) string { return fmt.Sprintf("%d %s%s", n, what, plural(n, "", "s")) }

func plural(n uint32, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// within is a short time in words.
func within(us uint32) string {
	d := time.Duration(us) * time.Microsecond
	switch {
	case d < time.Millisecond:
		return d.String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
