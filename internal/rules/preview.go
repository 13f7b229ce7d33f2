package rules

import (
	"context"
	"time"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// Ask is a rule that somebody is writing.
type Ask struct {
	Rule     mapping.Rule
	Replaces string   // id of the rule it is an edit of; empty for a new one
	Limit    int      // rows; 0 means 50
	Samples  []Sample // in the place of what was recorded
}

// Preview is what a rule would have done.
type Preview struct {
	OK       bool             `json:"ok" doc:"The rule could be enabled"`
	Problems []MappingProblem `json:"problems"`
	Warnings []MappingProblem `json:"warnings"`
	Rows     []Row            `json:"rows" doc:"Newest first"`
	Cut      bool             `json:"cut,omitempty" doc:"There are fewer rows than there could be: the expressions took too long"`
	Counts   PreviewCounts    `json:"counts"`
	Inverse  []Inverse        `json:"inverse" doc:"What example events would publish, for rules that take events"`
	Since    *time.Time       `json:"since,omitempty" doc:"When the oldest message that was looked at came"`
	TOML     string           `json:"toml" doc:"The rule as it would stand in a config file"`
}

// PreviewCounts are over the messages looked at, and from sent on over the rows.
type PreviewCounts struct {
	LookedAt int `json:"looked_at" doc:"Messages recorded, or samples"`
	Matched  int `json:"matched" doc:"Those whose topic is the rule's, or was the old rule's"`
	Sent     int `json:"sent" doc:"Rows that the rule would send; rate, dedupe and deadband are not looked at"`
	Filtered int `json:"filtered"`
	Failed   int `json:"failed"`
	OldSent  int `json:"old_sent"`
	Differ   int `json:"differ"`
}

// Bounds of one preview.
const (
	previewRows    = 50
	maxPreviewRows = 500
	previewTime    = 200 * time.Millisecond // for the rows: expressions are bounded, but there are many rows
)

// Preview runs a rule, and the one it replaces, over what was recorded. Nothing is sent and nothing changes. The error is a
// *fault.Error: too many others ask at the moment, or the rule to replace does not exist.
func (s *Service) Preview(ctx context.Context, a Ask) (Preview, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return Preview{}, err
	}
	defer done()
	a.Rule = tidy(a.Rule)
	t, err := s.trial(a.Rule, a.Replaces)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{OK: len(t.problems) == 0, Problems: shownProblems(t.problems), Warnings: shownProblems(t.warnings), Rows: []Row{}, TOML: Format([]mapping.Rule{a.Rule})}
	s.rows(ctx, t, a, &p)
	p.Inverse = inverses(t.next, a.Rule, p.Rows)
	return p, nil
}

// turn waits until few enough others run rules of their own. The caller calls done when it has.
func (s *Service) turn(ctx context.Context) (done func(), err error) {
	select {
	case s.previews <- struct{}{}:
		return func() { <-s.previews }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "the preview was not waited for")
	}
}

// trial is a rule under test.
type trial struct {
	next, old          *mapping.Table // of the one rule each; nil when there is none that compiles
	topics             []*mapping.Pattern
	problems, warnings []mapping.Problem
}

// trial compiles a rule alone, and finds what would be wrong with it among the others.
func (s *Service) trial(rule mapping.Rule, replaces string) (*trial, error) {
	st := s.state.Load()
	t := &trial{}
	if replaces != "" {
		old, ok := st.rule(replaces)
		if !ok {
			return nil, notFound("mapping", replaces)
		}
		old.Disabled = false
		t.old = alone(old, st.table)
		t.reads(old.Topic)
	}
	t.next = alone(rule, st.table)
	t.reads(rule.Topic)
	t.problems, t.warnings = st.among(rule, replaces)
	return t, nil
}

func (t *trial) reads(topic string) {
	if p, err := mapping.ParsePattern(topic); err == nil {
		t.topics = append(t.topics, p)
	}
}

func (t *trial) matches(topic string) bool {
	for _, p := range t.topics {
		if p.Match(topic) {
			return true
		}
	}
	return false
}

// alone is the table of one rule, nil when it does not compile.
func alone(rule mapping.Rule, compiled *mapping.Table) *mapping.Table {
	table, err := compiled.Recompile([]mapping.Rule{rule})
	if err != nil {
		return nil
	}
	return table
}

// among is what would be wrong with a rule if it stood in the place of another, or behind all.
func (st *state) among(rule mapping.Rule, replaces string) (problems, warnings []mapping.Problem) {
	const newOne = "\x00"
	ui := make([]record, 0, len(st.ui)+1)
	fix, id := st.fixed, newOne
	for _, r := range st.ui {
		if r.ID == replaces {
			r.Rule, r.Enabled, id = rule, true, r.ID
		}
		ui = append(ui, r)
	}
	if id == newOne {
		fix = nil
		for _, f := range st.fixed {
			if f.id != replaces { // of the file: what the rule would do if it were written there
				fix = append(fix, f)
			}
		}
		ui = append(ui, record{ID: newOne, Rule: rule, Enabled: true})
	}
	next := evaluate(fix, ui, st.gen, st.table)
	problems = next.problems[id]
	if len(problems) == 0 {
		problems = broken(st, next, &wish{ui: ui, touched: []string{id}})
	}
	return problems, next.warnings[id]
}

// rows runs the rules of a trial over the samples, or the newest messages.
func (s *Service) rows(ctx context.Context, t *trial, a Ask, p *Preview) {
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	limit := a.Limit
	if limit <= 0 {
		limit = previewRows
	}
	limit = min(limit, maxPreviewRows)
	look := func(m Sample) bool {
		p.Counts.LookedAt++
		if !m.At.IsZero() {
			p.Since = &m.At
		}
		if !t.matches(m.Topic) {
			return true
		}
		p.Counts.Matched++
		switch {
		case len(p.Rows) == limit:
		case ctx.Err() != nil:
			p.Cut = true
		default:
			p.Rows = append(p.Rows, s.row(t, m, &p.Counts))
		}
		return true
	}
	if len(a.Samples) > 0 {
		for _, m := range a.Samples {
			look(m)
		}
		return
	}
	if s.Recent != nil {
		s.Recent(look)
	}
}

// row runs both rules on one message. What was recorded in part is looked up among the last values; where it is not there, no
// outcome is better than a wrong one.
func (s *Service) row(t *trial, m Sample, n *PreviewCounts) Row {
	if m.cut() && s.Last != nil {
		if whole, ok := s.Last(m.Topic); ok && whole.Seq == m.Seq {
			m = whole
		}
	}
	r := rowOf(&m)
	if r.Truncated {
		return r
	}
	r.New, r.Old = try(t.next, &m), try(t.old, &m)
	n.count(&r, t.old != nil)
	r.shorten()
	return r
}

func (n *PreviewCounts) count(r *Row, replaces bool) {
	switch {
	case r.New == nil:
	case r.New.Drop == "":
		n.Sent++
	case r.New.Drop == mapping.ReasonWhen:
		n.Filtered++
	default:
		n.Failed++
	}
	if r.Old != nil && r.Old.Drop == "" {
		n.OldSent++
	}
	if replaces && !same(r.New, r.Old) {
		r.Differs = true
		n.Differ++
	}
}

func same(a, b *Outcome) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Text, y.Text = "", "" // the same error may name another field
	return x == y
}
