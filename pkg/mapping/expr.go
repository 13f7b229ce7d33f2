package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

var errWholeEnv = errors.New("$env is not available")

// program is a compiled expression and the variables it reads, so that the others need not be made.
type program struct {
	code  *vm.Program
	reads map[string]bool
}

// compileExpr compiles and type-checks an expression over the given variables.
func compileExpr(source string, env types.Map, extra ...expr.Option) (*program, error) {
	if len(source) > maxSource {
		return nil, ErrSourceTooLong
	}
	options := append([]expr.Option{expr.Env(env), expr.MaxNodes(maxNodes)}, extra...)
	for _, name := range withheld() {
		options = append(options, expr.DisableBuiltin(name))
	}
	plain, err := expr.Compile(source, options...)
	if err != nil {
		return nil, firstLine(err)
	}
	reads := readers{}
	root := plain.Node()
	ast.Walk(&root, reads)
	if reads["$env"] {
		return nil, errWholeEnv
	}
	env[nameBudget] = types.TypeOf(&budget{})
	options = append(append(options, expr.Patch(patcher{}), expr.MaxNodes(4*maxNodes)), meters()...)
	code, err := expr.Compile(source, options...)
	if err != nil {
		return nil, firstLine(err)
	}
	return &program{code: code, reads: reads}, nil
}

// withheld are the functions of expr that expressions do not have: the same message must give the same answer.
func withheld() []string { return []string{"now", "timezone"} }

// readers collects the names of the variables an expression reads.
type readers map[string]bool

// Visit notes identifiers.
func (r readers) Visit(node *ast.Node) {
	if id, ok := (*node).(*ast.IdentifierNode); ok {
		r[id.Value] = true
	}
}

// run evaluates the expression. A panic inside the machine comes back as an error.
func (p *program) run(env map[string]any, b *budget) (any, error) {
	env[nameBudget] = b
	machine := vm.VM{MemoryBudget: maxElements}
	v, err := machine.Run(p.code, env)
	if err != nil {
		return nil, firstLine(err)
	}
	return v, nil
}

// firstLine is an error of expr without the drawing of the place below it, and with the place named.
func firstLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s", strings.TrimSpace(line))
}
