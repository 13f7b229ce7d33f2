package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/types"
)

// expressions are the compiled expressions of a rule; nil where it has none.
type expressions struct {
	when, transform, transformIn, match *program
	jq                                  *jqProgram
}

// Names every expression can read, beside the captures.
const (
	varPayload = "payload" // the payload decoded as the codec says: any JSON value, text or bytes
	varTopic   = "topic"
	varQoS     = "qos"
	varRetain  = "retain"
	varClient  = "client" // client.id: the principal's id, empty without one
)

// compileExpressions compiles what the rule has, each over the captures it can read.
func (b *builder) compileExpressions() {
	if b.c.topic == nil {
		return
	}
	captures := b.captures()
	e := &b.c.exprs
	e.when = b.expression("when", b.r.When, captures, expr.AsBool())
	e.transform = b.expression("transform", b.r.Transform, captures)
	e.transformIn = b.expression("transform_in", b.r.TransformIn, captures)
	if b.r.TransformJQ != "" && !b.hides("transform_jq", captures) {
		jq, err := compileJQ(b.r.TransformJQ, captures)
		if err != nil {
			b.fail("transform_jq", err.Error(), expressionRemedy(err))
		}
		e.jq = jq
	}
	if b.r.RPC != nil && b.c.reply != nil {
		inReply := slices.DeleteFunc(captures, func(n string) bool { return !b.c.reply.uses(b.c.sl.find(n)) })
		e.match = b.expression("rpc.match", b.r.RPC.Match, inReply, expr.AsBool())
	}
}

// captures are the names expressions can read; {client.id} has its own variable.
func (b *builder) captures() []string {
	return slices.DeleteFunc(slices.Clone(b.c.sl.names), func(n string) bool { return n == clientID })
}

func (b *builder) expression(field, source string, captures []string, options ...expr.Option) *program {
	if source == "" || b.hides(field, captures) {
		return nil
	}
	p, err := compileExpr(source, environment(captures), options...)
	if err != nil {
		b.fail(field, err.Error(), expressionRemedy(err))
	}
	return p
}

// expressionRemedy tells what can be read to who reads something else.
func expressionRemedy(err error) string {
	if strings.Contains(err.Error(), "unknown name") || errors.Is(err, errWholeEnv) {
		return "expressions read payload, topic, qos, retain, client.id and the captures by name"
	}
	if errors.Is(err, ErrSourceTooLong) {
		return "shorten it"
	}
	return "correct the expression"
}

// environment is what an expression may read, with its types.
func environment(captures []string) types.Map {
	env := types.Map{
		varPayload: types.Any,
		varTopic:   types.String,
		varQoS:     types.Int,
		varRetain:  types.Bool,
		varClient:  types.Map{"id": types.String},
	}
	for _, c := range captures {
		env[c] = types.String
	}
	return env
}

// hides refuses captures that have the name of a variable in rules with expressions.
func (b *builder) hides(field string, captures []string) bool {
	for _, c := range captures {
		switch c {
		case varPayload, varTopic, varQoS, varRetain, varClient:
			b.fail(field, fmt.Sprintf("{%s} has the name of a variable", c), "name the capture otherwise")
			return true
		}
	}
	return false
}
