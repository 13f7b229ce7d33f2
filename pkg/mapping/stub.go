package mapping

func (t *Table) RunTests() []TestResult                     { return nil }
func (t *Table) Try(topic string, payload []byte) []Outcome { return nil }

func (b *builder) checkTests() {}

func dropOverlaps(rules []*Compiled, _ *Problems) []*Compiled { return rules }
func dropCycles(rules []*Compiled, _ *Problems) []*Compiled   { return rules }

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
