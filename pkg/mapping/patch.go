package mapping

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

// patcher rewrites an expression so that it counts its own steps and the text it makes. Every round of a loop pays
// one step, every builtin that looks at all its elements pays for them, and what could make a large value of small
// ones is replaced by a metered twin.
type patcher struct{}

// Visit is called for every node, the inner ones first.
func (patcher) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		cost := &ast.IntegerNode{Value: 1 + size(n.Node)/4}
		body := &ast.SequenceNode{Nodes: []ast.Node{metered(n.Node, nameTick, cost), n.Node}}
		body.SetLocation(n.Node.Location())
		n.Node = body
	case *ast.BuiltinNode:
		patchBuiltin(node, n)
	case *ast.BinaryNode:
		patchBinary(node, n)
	case *ast.SliceNode:
		scan(&n.Node)
	}
}

// size is the number of nodes in an expression.
func size(n ast.Node) int {
	var c counter
	ast.Walk(&n, &c)
	return int(c)
}

type counter int

// Visit counts.
func (c *counter) Visit(*ast.Node) { *c++ }

// metered is a call of one of the meters, in the place of a node.
func metered(place ast.Node, name string, args ...ast.Node) ast.Node {
	call := &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: name},
		Arguments: append([]ast.Node{&ast.IdentifierNode{Value: nameBudget}}, args...),
	}
	call.SetLocation(place.Location())
	return call
}

func patchBuiltin(node *ast.Node, n *ast.BuiltinNode) {
	switch n.Name {
	case "repeat":
		ast.Patch(node, metered(n, nameRepeat, n.Arguments...))
	case "replace":
		ast.Patch(node, metered(n, nameReplace, n.Arguments...))
	case "join":
		ast.Patch(node, metered(n, nameJoin, n.Arguments...))
	case "date", "duration":
		wrapFirst(n, nameDear)
	case "fromJSON":
		wrapFirst(n, nameTree)
		wrapFirst(n, nameDear)
	case "toJSON", "flatten", "split", "splitAfter":
		wrapFirst(n, nameTree)
	case "uniq": // compares each with each
		wrapFirst(n, nameTree)
		wrapFirst(n, nameSquare)
	case "len", "type", "first", "last", "get", "take", "abs", "ceil", "floor", "round", "int", "float":
	default:
		if !loops(n) {
			for i := range n.Arguments {
				scan(&n.Arguments[i])
			}
		}
	}
}

// loops reports whether a builtin runs a predicate, which pays for each round itself.
func loops(n *ast.BuiltinNode) bool {
	for _, a := range n.Arguments {
		if _, ok := a.(*ast.PredicateNode); ok {
			return true
		}
	}
	return false
}

// scan makes a node pay for its length, if it can have one.
func scan(node *ast.Node) {
	if scannable(*node) {
		*node = metered(*node, nameScan, *node)
	}
}

func wrapFirst(n *ast.BuiltinNode, name string) {
	if len(n.Arguments) > 0 {
		n.Arguments[0] = metered(n.Arguments[0], name, n.Arguments[0])
	}
}

// scannable reports whether a node may yield an array, an object or text of any length.
func scannable(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.ConstantNode, *ast.ArrayNode:
		return false
	}
	return !isNumber(n.Type()) && (n.Type() == nil || n.Type().Kind() != reflect.Bool)
}

func patchBinary(node *ast.Node, n *ast.BinaryNode) {
	left, right := n.Left.Type(), n.Right.Type()
	switch n.Operator {
	case "+":
		switch {
		case isNumber(left) || isNumber(right):
		case isString(left) && isString(right):
			ast.Patch(node, metered(n, nameConcat, n.Left, n.Right))
		default:
			ast.Patch(node, metered(n, nameAdd, n.Left, n.Right))
		}
	case "%":
		if !isInteger(left) || !isInteger(right) {
			ast.Patch(node, metered(n, nameModulo, n.Left, n.Right))
		}
	case "in":
		scan(&n.Right)
	case "matches": // several ns a byte
		n.Left = metered(n.Left, nameTree, n.Left)
	case "contains", "startsWith", "endsWith":
		scan(&n.Left)
	case "<", "<=", ">", ">=":
		if !isNumber(left) && !isNumber(right) {
			scan(&n.Left)
		}
	case "==", "!=":
		switch {
		case deep(left) && deep(right):
			n.Left = metered(n.Left, nameTree, n.Left)
		case !isNumber(left) && !isNumber(right):
			scan(&n.Left)
		}
	}
}

func isString(t reflect.Type) bool { return t != nil && t.Kind() == reflect.String }

func isInteger(t reflect.Type) bool {
	return t != nil && t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64
}

func isNumber(t reflect.Type) bool {
	return isInteger(t) || t != nil && (t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64)
}

// deep reports whether comparing values of a type may go into their elements.
func deep(t reflect.Type) bool {
	return !isNumber(t) && !isString(t) && (t == nil || t.Kind() != reflect.Bool)
}
