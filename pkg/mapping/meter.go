package mapping

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm/runtime"
)

// Names no expression can spell, for what patch.go puts into it.
const (
	nameBudget  = " budget"
	nameTick    = " tick"
	nameScan    = " scan"
	nameTree    = " tree"
	nameDear    = " dear"
	nameSquare  = " square"
	nameAdd     = " add"
	nameConcat  = " concat"
	nameModulo  = " modulo"
	nameRepeat  = " repeat"
	nameReplace = " replace"
	nameJoin    = " join"
)

var errArguments = errors.New("wrong arguments")

// meters are the functions patch.go calls. Each takes the budget of its run first.
func meters() []expr.Option {
	return []expr.Option{
		meter(nameTick, func(b *budget, a []any) (any, error) { return true, b.step(runtime.ToInt(a[0])) }, new(func(*budget, int) bool)),
		meter(nameScan, func(b *budget, a []any) (any, error) { return a[0], b.scan(a[0]) }, new(func(*budget, any) any)),
		meter(nameTree, func(b *budget, a []any) (any, error) { return a[0], b.tree(a[0]) }, new(func(*budget, any) any)),
		meter(nameDear, func(b *budget, a []any) (any, error) { return a[0], b.step(10) }, new(func(*budget, any) any)),
		meter(nameSquare, square, new(func(*budget, any) any)),
		meter(nameAdd, add, new(func(*budget, any, any) any)),
		meter(nameConcat, add, new(func(*budget, string, string) string)),
		meter(nameModulo, modulo, new(func(*budget, any, any) any)),
		meter(nameRepeat, repeat, new(func(*budget, string, int) string)),
		meter(nameReplace, replace, new(func(*budget, string, string, string) string), new(func(*budget, string, string, string, int) string)),
		meter(nameJoin, join, new(func(*budget, any) string), new(func(*budget, any, string) string)),
	}
}

func meter(name string, f func(*budget, []any) (any, error), types ...any) expr.Option {
	return expr.Function(name, func(params ...any) (any, error) {
		b, ok := params[0].(*budget)
		if !ok {
			return nil, errArguments
		}
		return f(b, params[1:])
	}, types...)
}

// square pays for comparing each element of an array with each.
func square(b *budget, a []any) (any, error) {
	n := length(a[0])
	if n > maxSteps/n { // also keeps the product inside a 32-bit int
		return nil, ErrSteps
	}
	return a[0], b.step(n * n / 2)
}

// add is +, with the text it makes paid for.
func add(b *budget, a []any) (any, error) {
	x, okX := a[0].(string)
	y, okY := a[1].(string)
	if okX && okY {
		return x + y, b.text(len(x) + len(y))
	}
	return runtime.Add(a[0], a[1]), nil
}

// modulo is %, for the floats that JSON numbers are too.
func modulo(_ *budget, a []any) (any, error) {
	x, okX := a[0].(float64)
	y, okY := a[1].(float64)
	if !okX && !okY {
		return runtime.Modulo(a[0], a[1]), nil
	}
	if !okX {
		x = runtime.ToFloat64(a[0])
	}
	if !okY {
		y = runtime.ToFloat64(a[1])
	}
	if y == 0 {
		return nil, errors.New("integer divide by zero")
	}
	return math.Mod(x, y), nil
}

func repeat(b *budget, a []any) (any, error) {
	s, ok := a[0].(string)
	if !ok {
		return nil, fmt.Errorf("repeat: %w", errArguments)
	}
	n := runtime.ToInt(a[1])
	if n < 0 || n > maxBytes/(len(s)+1) { // also keeps the product inside a 32-bit int
		return nil, ErrSize
	}
	if err := b.text(n * len(s)); err != nil {
		return nil, err
	}
	return strings.Repeat(s, n), nil
}

func replace(b *budget, a []any) (any, error) {
	s, ok1 := a[0].(string)
	from, ok2 := a[1].(string)
	to, ok3 := a[2].(string)
	if !ok1 || !ok2 || !ok3 {
		return nil, fmt.Errorf("replace: %w", errArguments)
	}
	n := -1
	if len(a) > 3 {
		n = runtime.ToInt(a[3])
	}
	hits := strings.Count(s, from)
	if n >= 0 {
		hits = min(hits, n)
	}
	if len(to) > 0 && hits > maxBytes/len(to) {
		return nil, ErrSize
	}
	if err := b.text(len(s) + hits*len(to)); err != nil {
		return nil, err
	}
	return strings.Replace(s, from, to, n), nil
}

func join(b *budget, a []any) (any, error) {
	glue := ""
	if len(a) > 1 {
		var ok bool
		if glue, ok = a[1].(string); !ok {
			return nil, fmt.Errorf("join: %w", errArguments)
		}
	}
	list := reflect.ValueOf(a[0])
	if list.Kind() != reflect.Slice {
		return nil, fmt.Errorf("join: %w", errArguments)
	}
	words := make([]string, list.Len())
	for i := range words {
		var ok bool
		if words[i], ok = list.Index(i).Interface().(string); !ok {
			return nil, fmt.Errorf("join: element %d is no text", i)
		}
		if err := errors.Join(b.step(1), b.text(len(words[i])+len(glue))); err != nil {
			return nil, err
		}
	}
	return strings.Join(words, glue), nil
}
