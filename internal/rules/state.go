package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gateway/pkg/mapping"
)

// state is all rules at one time, checked. It never changes once made.
type state struct {
	fixed []fixed
	ui    []record // in order
	gen   uint64   // the number of the newest change of ui

	table    *mapping.Table
	problems map[string][]mapping.Problem // by id: what keeps a rule from running
	warnings map[string][]mapping.Problem // by id
}

// evaluate checks rules and builds their table, taking from old what it has compiled already.
func evaluate(fix []fixed, ui []record, gen uint64, old *mapping.Table) *state {
	st := &state{fixed: fix, ui: ui, gen: gen, problems: map[string][]mapping.Problem{}, warnings: map[string][]mapping.Problem{}}
	rules, owners := st.rules()
	table, err := old.Recompile(rules)
	st.table = table
	var problems *mapping.Problems
	if errors.As(err, &problems) {
		owners.sort(problems.List, st.problems)
	}
	owners.sort(table.Warnings(), st.warnings)
	owners.sort(failedTests(table), st.warnings)
	return st
}

// rules are all rules as they are compiled, in order, and whose they are.
func (st *state) rules() ([]mapping.Rule, owners) {
	var list []mapping.Rule
	own := owners{}
	for _, f := range st.fixed {
		list = append(list, f.rule)
		own.add(f.rule, f.id)
	}
	for i := range st.ui {
		rule := st.ui[i].compiled()
		list = append(list, rule)
		own.add(rule, st.ui[i].ID)
	}
	return list, own
}

// compiled is the rule of a record with its switch in it.
func (r *record) compiled() mapping.Rule {
	rule := r.Rule
	rule.Disabled = !r.Enabled
	return rule
}

// owners find the id of the rule that a problem is with.
type owners map[string][]owner

type owner struct {
	id  string
	pos mapping.Pos
}

func (o owners) add(r mapping.Rule, id string) { o[r.Name] = append(o[r.Name], owner{id, r.Pos}) }

// sort puts each problem to its rule. Where several have the name, the file and line tell them apart; among rules without any,
// it is the last, which is the one that is refused for its name.
func (o owners) sort(problems []mapping.Problem, by map[string][]mapping.Problem) {
	for _, p := range problems {
		list := o[p.Rule]
		if len(list) == 0 {
			continue
		}
		id := list[len(list)-1].id
		for _, own := range list {
			if own.pos.File == p.File && p.Line >= own.pos.Line && p.File != "" {
				id = own.id
			}
		}
		by[id] = append(by[id], p)
	}
}

// testTime is how long one change, or the start, may spend on tests that were not run yet. Those that are left come with the
// next change: slow tests must not keep a gateway from starting.
const testTime = 5 * time.Second

// failedTests are the pinned tests of a table that do not hold, as problems.
func failedTests(table *mapping.Table) []mapping.Problem {
	var out []mapping.Problem
	until := time.Now().Add(testTime)
	for _, r := range table.RunTestsWhile(func() bool { return time.Now().Before(until) }) {
		if !r.OK {
			out = append(out, mapping.Problem{
				Rule: r.Rule, File: r.File, Line: r.Line, Field: fmt.Sprintf("test.%d", r.Index),
				Message: "the test fails: " + r.Text, Remedy: "correct the mapping, or the test",
			})
		}
	}
	return out
}

// revision names the whole list: any change of a rule, of its order or of the file makes another.
func (st *state) revision() string {
	sum := sha256.New()
	for _, f := range st.fixed {
		fmt.Fprintf(sum, "%s\x00%s\x00", f.id, f.revision())
	}
	for _, r := range st.ui {
		fmt.Fprintf(sum, "%s\x00%d\x00", r.ID, r.Revision)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// revision names what a rule of the file says.
func (f *fixed) revision() string {
	sum := sha256.Sum256(strconv.AppendBool(essence(f.rule), f.rule.Disabled))
	return hex.EncodeToString(sum[:6])
}

func (r *record) revision() string { return strconv.FormatUint(r.Revision, 36) }

// essence is what a rule says, wherever it is written: equal rules have equal bytes.
func essence(r mapping.Rule) []byte {
	r.Pos, r.Disabled = mapping.Pos{}, false
	data, _ := json.Marshal(r) // plain data
	return data
}

// find returns the place of a rule of the UI, -1 if there is none with the id.
func (st *state) find(id string) int {
	return slices.IndexFunc(st.ui, func(r record) bool { return r.ID == id })
}

// named returns the id of the rule that has a name, "" for none.
func (st *state) named(name string) string {
	for _, f := range st.fixed {
		if f.rule.Name == name {
			return f.id
		}
	}
	for _, r := range st.ui {
		if r.Rule.Name == name {
			return r.ID
		}
	}
	return ""
}

// rule returns the rule with an id, and whether there is one.
func (st *state) rule(id string) (mapping.Rule, bool) {
	for _, f := range st.fixed {
		if f.id == id {
			return f.rule, true
		}
	}
	if i := st.find(id); i >= 0 {
		return st.ui[i].Rule, true
	}
	return mapping.Rule{}, false
}
