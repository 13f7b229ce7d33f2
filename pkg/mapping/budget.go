package mapping

import (
	"errors"
	"fmt"
	"reflect"
)

// Limits of one run of an expression. expr cannot be interrupted from outside, so the steps are counted from inside:
// see patch.go. The figures keep a run below some 50 ms on a Raspberry Pi 4.
const (
	MaxExprPayload = 64 << 10 // bytes of a payload an expression may read
	maxSteps       = 100_000  // rounds of loops and elements looked at
	maxBytes       = 1 << 20  // bytes of text made
	maxElements    = 200_000  // elements of arrays and objects made
	maxDepth       = 1000     // arrays and objects inside one another
	maxJQSteps     = 500_000  // instructions of a jq program
	maxNodes       = 1000     // size of an expression
	maxSource      = 16 << 10 // bytes of an expression or jq program
)

// Faults of a run.
var (
	ErrSteps           = errors.New("the expression takes too many steps")
	ErrSize            = errors.New("the expression makes too much text")
	ErrDepth           = fmt.Errorf("the result nests more than %d levels deep", maxDepth)
	ErrSourceTooLong   = fmt.Errorf("an expression is at most %d bytes", maxSource)
	ErrPayloadTooLarge = fmt.Errorf("expressions read at most %d bytes of payload", MaxExprPayload)
)

// budget is what is left of the limits in one run. It stops a run by an error, which the caller of the run sees.
type budget struct {
	steps, bytes int
	depth        int // of tree, as it goes down
}

func newBudget() *budget { return &budget{steps: maxSteps, bytes: maxBytes} }

func (b *budget) step(n int) error {
	if n > b.steps {
		b.steps = 0
		return ErrSteps
	}
	b.steps -= n
	return nil
}

func (b *budget) text(n int) error {
	if n > b.bytes {
		b.bytes = 0
		return ErrSize
	}
	b.bytes -= n
	return nil
}

// scan pays for one look at every element of v.
func (b *budget) scan(v any) error {
	return b.step(length(v))
}

// length is the number of elements of an array or object, and a 64th of the bytes of a text.
func length(v any) int {
	switch x := v.(type) {
	case nil, bool, int, float64:
		return 1
	case string:
		return 1 + len(x)/64
	case []byte:
		return 1 + len(x)/64
	case []any:
		return 1 + len(x)
	case map[string]any:
		return 1 + len(x)
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Slice || r.Kind() == reflect.Array || r.Kind() == reflect.Map {
		return 1 + r.Len()
	}
	return 1
}

// tree pays for everything v holds, at any depth, each time it is held: text by its bytes, the rest by its count.
func (b *budget) tree(v any) error {
	if err := b.step(1); err != nil {
		return err
	}
	if b.depth++; b.depth > maxDepth {
		return ErrDepth
	}
	defer func() { b.depth-- }()
	switch x := v.(type) {
	case string:
		return b.text(len(x))
	case []byte:
		return b.text(len(x))
	case []any:
		for _, e := range x {
			if err := b.tree(e); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for k, e := range x {
			if err := errors.Join(b.text(len(k)), b.tree(e)); err != nil {
				return err
			}
		}
		return nil
	}
	return b.other(reflect.ValueOf(v))
}

// other is tree for the types only expr makes: []int, []string, map[any][]any and the like.
func (b *budget) other(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := b.tree(v.Index(i).Interface()); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if err := errors.Join(b.tree(k.Interface()), b.tree(v.MapIndex(k).Interface())); err != nil {
				return err
			}
		}
	}
	return nil
}
