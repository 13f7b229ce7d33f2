package mapping

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Hints are what is known beside a topic that a rule is wanted for. The zero value knows nothing.
type Hints struct {
	Captures []int                  // levels to capture, from 0; nil lets Suggest choose
	Taken    func(name string) bool // whether a rule has this name
	Seen     func(topic string) bool
	Payload  []byte // the newest of the topic
	Retained bool
}

// Suggestion is a rule for a topic, others that may be meant, and why.
type Suggestion struct {
	Rule         Rule   `json:"rule"`
	Alternatives []Rule `json:"alternatives"`
	Why          string `json:"why"`
}

// Suggest makes a rule for a topic. All rules it returns compile. The error says why there is none.
func Suggest(topic string, h Hints) (Suggestion, error) {
	if err := ValidTopic(topic); err != nil {
		return Suggestion{}, err
	}
	levels := strings.Split(topic, "/")
	captured, err := capturedLevels(levels, h.Captures)
	if err != nil {
		return Suggestion{}, err
	}
	d := &draft{Hints: h, topic: topic, levels: levels, names: captureNames(levels, captured)}
	rule, why := d.rule()
	out := Suggestion{Rule: rule, Why: why, Alternatives: []Rule{}}
	options := d.others(rule)
	if h.Captures == nil {
		if known, text, ok := d.known(); ok {
			out.Rule, out.Why, options = known, text, append([]Rule{rule}, options...)
		}
	}
	if err := d.settle(&out.Rule); err != nil {
		return Suggestion{}, fmt.Errorf("no mapping can be made of %q: %w", topic, err)
	}
	for _, r := range options {
		if r.Name = out.Rule.Name; d.settle(&r) == nil {
			out.Alternatives = append(out.Alternatives, r)
		}
	}
	return out, nil
}

// draft is a topic on its way to a rule.
type draft struct {
	Hints
	topic  string
	levels []string
	names  map[int]string // of the captured levels
}

// settle gives the rule a name of its own and holds it to what compiles.
func (d *draft) settle(r *Rule) error {
	r.Name = freeName(r.Name, d.Taken)
	_, err := Compile([]Rule{*r})
	return err
}

// freeName is name, or the first of name-2, name-3, ... that is not taken.
func freeName(name string, taken func(string) bool) string {
	free := name
	for n := 2; taken != nil && taken(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// rule is what the words of the topic and its value suggest.
func (d *draft) rule() (Rule, string) {
	r := d.plain(d.names)
	switch {
	case isCommand(d.levels):
		r.Direction, r.QoS = In, 1
		why := "events become commands, because the topic looks like one"
		if reply := d.reply(); reply != "" {
			r.RPC = &RPC{Reply: reply}
			why += "; the ack waits for the answer on " + reply
		}
		return r, why
	case isReading(d.levels):
		r.Direction = Out
		return r, "messages become events and nothing goes back, because the topic looks like a reading"
	case d.isNumber():
		r.Direction = Out
		return r, "messages become events and nothing goes back, because the value is a number"
	}
	r.QoS, r.Retain = 1, d.Retained
	return r, "it goes both ways: what a browser emits is published on the same topic"
}

// plain is the rule without a direction: the last level is the event, those before it are the namespace.
func (d *draft) plain(names map[int]string) Rule {
	topic, namespace := make([]string, len(d.levels)), ""
	for i, level := range d.levels {
		topic[i] = level
		if name := names[i]; name != "" {
			topic[i] = "{" + name + "}"
		}
		if i < len(d.levels)-1 && level != "" {
			namespace += "/" + namespaceLevel(topic[i])
		}
	}
	event := eventName(topic[len(topic)-1])
	if len(d.levels) == 1 {
		namespace, event = "/"+namespaceLevel(topic[0]), "value"
	}
	switch first, _, _ := strings.Cut(strings.TrimPrefix(namespace, "/"), "/"); {
	case namespace == "":
		namespace = "/"
	case reservedNamespace("/" + first):
		namespace = "/topics" + namespace
	}
	return Rule{Name: d.name(), Topic: strings.Join(topic, "/"), Namespace: namespace, Event: event}
}

// name is made of the literal levels, or of the captures where there are none.
func (d *draft) name() string {
	var words []string
	for i, level := range d.levels {
		if d.names[i] == "" {
			words = append(words, wordOf(level))
		}
	}
	if len(words) < 2 {
		for i := range d.levels {
			if d.names[i] != "" {
				words = append(words, d.names[i])
			}
		}
	}
	name := strings.Trim(strings.Join(words, "-"), "-")
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	if name == "" {
		return "mapping"
	}
	return name[:min(len(name), 40)]
}

// others are the same rule the other way, and for this one topic only.
func (d *draft) others(r Rule) []Rule {
	var out []Rule
	switch r.Direction {
	case Out:
		both := r
		both.Direction, both.QoS, both.Retain = "", 1, d.Retained
		out = append(out, both)
	case "":
		one := r
		one.Direction, one.QoS, one.Retain = Out, 0, false
		out = append(out, one)
	case In:
		if r.RPC != nil {
			one := r
			one.RPC = nil
			out = append(out, one)
		}
	}
	if len(d.names) > 0 && !strings.ContainsAny(d.topic, "{}") {
		one := d.plain(nil)
		one.Direction, one.QoS, one.Retain = r.Direction, r.QoS, r.Retain
		out = append(out, one)
	}
	return out
}

// known is the rule that a template has for the topic, when it is one of its make.
func (d *draft) known() (Rule, string, bool) {
	templates, err := Templates()
	if err != nil {
		return Rule{}, "", false
	}
	devices, err := NewDevices(templates)
	if err != nil {
		return Rule{}, "", false
	}
	devices.See(d.topic, d.Payload)
	for _, t := range templates {
		seen := len(devices.Of(t.ID)) > 0
		for _, r := range t.Rules {
			p, err := ParsePattern(r.Topic)
			if err == nil && p.Match(d.topic) && (seen || !p.wildFirst() && isCommand(d.levels)) {
				return r, "the topic is one of " + t.Device + "'s: this is the rule of the template " + t.Title, true
			}
		}
	}
	return Rule{}, "", false
}

// reply is where the answer to a command comes, with the captures filled in; empty when nothing shows.
func (d *draft) reply() string {
	rest := d.levels[:len(d.levels)-1]
	if d.levels[0] == "cmnd" && len(d.levels) > 2 {
		return "stat/" + strings.Join(d.written(rest)[1:], "/") + "/RESULT"
	}
	if d.Seen == nil || len(rest) == 0 {
		return ""
	}
	for _, last := range []string{"state", "status", "get", ""} {
		answer := rest
		if last != "" {
			answer = append(slices.Clone(rest), last)
		}
		if topic := strings.Join(answer, "/"); topic != d.topic && d.Seen(topic) {
			return strings.Join(d.written(answer), "/")
		}
	}
	return ""
}

// written are levels as the rule writes them.
func (d *draft) written(levels []string) []string {
	out := slices.Clone(levels)
	for i := range out {
		if name := d.names[i]; name != "" {
			out[i] = "{" + name + "}"
		}
	}
	return out
}

func (d *draft) isNumber() bool {
	var n float64
	return json.Unmarshal(d.Payload, &n) == nil && len(d.Payload) > 0 && d.Payload[0] != 'n'
}
