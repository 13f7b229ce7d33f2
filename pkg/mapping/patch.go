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
		n.Node = &ast.SequenceNode{Nodes: []ast.Node{metered(nameTick), n.Node}}
	case *ast.BuiltinNode:
		patchBuiltin(node, n)
	case *ast.BinaryNode:
		patchBinary(node, n)
	}
}

// metered is a call of one of the meters.
func metered(name string, args ...ast.Node) ast.Node {
	all := append([]ast.Node{&ast.IdentifierNode{Value: nameBudget}}, args...)
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: all}
}

func patchBuiltin(node *ast.Node, n *ast.BuiltinNode) {
	switch n.Name {
	case "repeat":
		ast.Patch(node, metered(nameRepeat, n.Arguments...))
	case "replace":
		ast.Patch(node, metered(nameReplace, n.Arguments...))
	case "join":
		ast.Patch(node, metered(nameJoin, n.Arguments...))
	case "toJSON", "flatten":
		wrapFirst(n, nameTree)
	case "uniq": // compares each with each
		wrapFirst(n, nameTree)
		wrapFirst(n, nameSquare)
	case "len", "type", "first", "last", "get", "take", "abs", "ceil", "floor", "round", "int", "float":
	default:
		for i, a := range n.Arguments {
			if scannable(a) {
				n.Arguments[i] = metered(nameScan, a)
			}
		}
	}
}

func wrapFirst(n *ast.BuiltinNode, name string) {
	if len(n.Arguments) > 0 {
		n.Arguments[0] = metered(name, n.Arguments[0])
	}
}

// scannable reports whether a node may yield an array, an object or text of any length.
func scannable(n ast.Node) bool {
	switch n.(type) {
	case *ast.PredicateNode, *ast.StringNode, *ast.ConstantNode, *ast.ArrayNode:
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
			ast.Patch(node, metered(nameConcat, n.Left, n.Right))
		default:
			ast.Patch(node, metered(nameAdd, n.Left, n.Right))
		}
	case "%":
		if !isInteger(left) || !isInteger(right) {
			ast.Patch(node, metered(nameModulo, n.Left, n.Right))
		}
	case "in":
		if scannable(n.Right) {
			n.Right = metered(nameScan, n.Right)
		}
	case "==", "!=":
		if deep(left) && deep(right) {
			n.Left = metered(nameTree, n.Left)
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
