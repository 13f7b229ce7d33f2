package mapping

import (
	"reflect"
	"time"
)

// Compile checks rules and builds the table of those without a fault, in the order given; disabled rules are
// checked and left out. The table is never nil. The error is a *Problems with every fault of every rule.
func Compile(rules []Rule) (*Table, error) { return newTable(nil).Recompile(rules) }

// Recompile is Compile, but takes from t, which stays as it is, what it has compiled of the same rules already. What it returns
// is the same; expressions are what costs time, and most edits touch one rule of many.
func (t *Table) Recompile(rules []Rule) (*Table, error) {
	problems := &Problems{}
	taken := make(map[string]Pos)
	old := t.byName()
	var good []*Compiled
	for _, r := range rules {
		b := newBuilder(r, problems)
		b.unique(taken)
		if c := old[r.Name]; c != nil && b.ok() && reflect.DeepEqual(c.spec, b.r) {
			again := *c // its index is about to change
			b.c = &again
		} else {
			b.build()
		}
		if b.ok() && !r.Disabled {
			good = append(good, b.c)
		}
	}
	good = dropOverlaps(good, problems)
	good = dropCycles(good, problems)
	problems.sort()
	return newTable(good), problems.err()
}

// builder checks one rule and compiles it as far as its faults allow.
type builder struct {
	c        *Compiled
	r        Rule // with the defaults filled in
	written  Rule
	problems *Problems
	failed   bool
}

func newBuilder(r Rule, problems *Problems) *builder {
	b := &builder{written: r, r: withDefaults(r), problems: problems}
	b.c = &Compiled{spec: b.r, clientSlot: -1, tests: &testRun{}}
	return b
}

// withDefaults fills in what an absent key means.
func withDefaults(r Rule) Rule {
	r.Direction = or(r.Direction, Both)
	r.Payload = or(r.Payload, Auto)
	r.Replay = or(r.Replay, ReplayLast)
	r.Meta = or(r.Meta, MetaReplayed)
	r.Over = or(r.Over, OverLatest)
	if r.RPC != nil {
		rpc := *r.RPC
		rpc.Timeout = or(rpc.Timeout, DefaultRPCTimeout.String())
		r.RPC = &rpc
	}
	return r
}

func or[S ~string](v, fallback S) S {
	if v == "" {
		return fallback
	}
	return v
}

// DefaultRPCTimeout is how long an ack waits for an answer when the rule does not say.
const DefaultRPCTimeout = 5 * time.Second

// fail records a fault of a field.
func (b *builder) fail(field, message, remedy string) {
	b.failed = true
	b.problems.List = append(b.problems.List, problemOf(b.r, field, message, remedy))
}

// failErr records a fault found by a parser.
func (b *builder) failErr(field string, err error) {
	b.fail(field, err.Error(), remedyFor(err))
}

func problemOf(r Rule, field, message, remedy string) Problem {
	return Problem{
		Rule: r.Name, File: r.Pos.File, Line: r.Pos.LineOf(field),
		Field: field, Message: message, Remedy: remedy,
	}
}

func (b *builder) ok() bool { return !b.failed }

// build runs every check, so that one save shows every fault. Later steps look only at what earlier ones left whole.
func (b *builder) build() {
	b.checkName()
	b.checkValues()
	b.checkShape()
	b.checkConflicts()
	b.parseTopics()
	b.parseTemplates()
	b.checkNamespace()
	b.checkEvent()
	b.checkCaptures()
	b.checkClientID()
	b.parseLimits()
	b.parseRPC()
	b.compileExpressions()
	b.checkTests()
}
