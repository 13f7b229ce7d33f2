package mapping

import "errors"

func ParseTOML(file string, data []byte) ([]Rule, error)    { return nil, errors.New("later") }
func FormatTOML(rules []Rule) []byte                        { return nil }
func (t *Table) RunTests() []TestResult                     { return nil }
func (t *Table) Try(topic string, payload []byte) []Outcome { return nil }

// Rewrite is Encode for topic -> topic rules: the MQTT payload of the new message.
func (c *Compiled) Rewrite(in Input) ([]byte, Reason, error) { return in.Payload, "", nil }

// RPCMatch reports whether a reply is the answer, by the rule's match expression (true without one).
func (c *Compiled) RPCMatch(in Input) (bool, error) { return true, nil }

type TestResult struct {
	Rule  string
	Index int
	OK    bool
	Text  string
	File  string
	Line  int
}

type Outcome struct {
	Rule      string
	Namespace string
	Room      string
	Event     string
	To        string
	Client    string
	Value     Value
	Drop      Reason
	Text      string
}
