package mapping

// expressions are the compiled expressions of a rule; nil where it has none.
type expressions struct{}

func (b *builder) compileExpressions() {}
func (b *builder) checkTests()         {}

func (c *Compiled) decode(b *bindings, topic string, client Client, args []Arg) ([]byte, error) {
	return decodeArgs(c.spec.Payload, args)
}

func dropOverlaps(rules []*Compiled, _ *Problems) []*Compiled { return rules }
func dropCycles(rules []*Compiled, _ *Problems) []*Compiled   { return rules }
