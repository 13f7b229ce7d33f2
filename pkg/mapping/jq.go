package mapping

import (
	"context"
	"errors"
	"fmt"

	"github.com/itchyny/gojq"
)

// Faults of a jq program.
var (
	ErrJQBinary  = errors.New("jq reads JSON and text, and the payload is binary")
	ErrJQOutputs = errors.New("the jq program has more than one result; put [ ] around it")
)

// jqProgram is a compiled jq program. Its variables are $topic, $qos, $retain and the captures by name.
type jqProgram struct {
	code *gojq.Code
	vars []string // without the $
}

func compileJQ(source string, captures []string) (*jqProgram, error) {
	if len(source) > maxSource {
		return nil, ErrSourceTooLong
	}
	query, err := gojq.Parse(source)
	if err != nil {
		return nil, firstLine(err)
	}
	vars := append([]string{"topic", "qos", "retain"}, captures...)
	dollars := make([]string, len(vars))
	for i, v := range vars {
		dollars[i] = "$" + v
	}
	noClock, err := gojq.Parse(`error("the clock is not available")`)
	if err != nil {
		return nil, firstLine(err)
	}
	query.FuncDefs = append([]*gojq.FuncDef{{Name: "now", Body: noClock}}, query.FuncDefs...)
	code, err := gojq.Compile(query, gojq.WithVariables(dollars))
	if err != nil {
		return nil, firstLine(err)
	}
	return &jqProgram{code: code, vars: vars}, nil
}

// run yields the one result of the program; ok is false when it has none, which filters the message.
func (p *jqProgram) run(ctx context.Context, payload any, values map[string]any) (v any, ok bool, err error) {
	if _, binary := payload.([]byte); binary {
		return nil, false, ErrJQBinary
	}
	args := make([]any, len(p.vars))
	for i, name := range p.vars {
		args[i] = values[name]
	}
	iter := p.code.RunWithContext(newStepContext(ctx), payload, args...)
	v, ok = iter.Next()
	if !ok {
		return nil, false, nil
	}
	if err, bad := v.(error); bad {
		return nil, false, fmt.Errorf("jq: %w", firstLine(err))
	}
	if _, more := iter.Next(); more {
		return nil, false, ErrJQOutputs
	}
	return v, true, nil
}

// stepContext ends a jq program after maxJQSteps: gojq asks for Done before each instruction, so counting the
// questions bounds the run without a clock.
type stepContext struct {
	context.Context
	left  int
	ended chan struct{}
}

func newStepContext(parent context.Context) *stepContext {
	if parent == nil {
		parent = context.Background()
	}
	return &stepContext{Context: parent, left: maxJQSteps, ended: make(chan struct{})}
}

// Done is closed when the steps are used up or the parent is done.
func (c *stepContext) Done() <-chan struct{} {
	if c.left--; c.left > 0 {
		return c.Context.Done()
	}
	if c.left == 0 {
		close(c.ended)
	}
	return c.ended
}

// Err says which of the two it was.
func (c *stepContext) Err() error {
	if c.left <= 0 {
		return ErrSteps
	}
	return c.Context.Err()
}
