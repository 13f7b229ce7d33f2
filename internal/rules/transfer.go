package rules

import (
	"errors"
	"slices"
	"strings"

	"gateway/pkg/mapping"
)

// Import is what importing a file does, or would do.
type Import struct {
	Changes  []ImportChange   `json:"changes"`
	Problems []MappingProblem `json:"problems" doc:"What keeps the file from being imported; with any, nothing is"`
	Applied  bool             `json:"applied"`
	Undo     string           `json:"undo,omitempty"`
}

// ImportChange is one rule of an imported file.
type ImportChange struct {
	Name string        `json:"name"`
	Kind string        `json:"kind" enum:"create,update,same"`
	Rule mapping.Rule  `json:"rule"`
	Old  *mapping.Rule `json:"old,omitempty" doc:"The rule that an update replaces"`

	id string
}

// Import reads [[mapping]] tables. A rule with the name of one of the UI's replaces it, others are added behind; comments are not
// kept. Nothing is changed unless apply is set and nothing is wrong: then all is, in one change.
func (s *Service) Import(by, text string, apply bool) (Import, error) {
	rules, problems := parse(text)
	st := s.state.Load()
	out := Import{Changes: []ImportChange{}}
	for _, r := range rules {
		c, err := st.importOne(r)
		if err != nil {
			problems = append(problems, *err)
			continue
		}
		out.Changes = append(out.Changes, c)
	}
	out.Problems = shownProblems(append(problems, s.rehearse(out.Changes)...))
	if !apply || len(out.Problems) > 0 {
		return out, nil
	}
	undo, err := s.apply(by, func(w *wish, now *state) error {
		if now.revision() != st.revision() {
			return stale("the mappings")
		}
		return w.take(out.Changes)
	})
	if err != nil {
		return out, err
	}
	out.Applied, out.Undo = true, undo
	return out, nil
}

// importOne says what one rule of a file would change.
func (st *state) importOne(r mapping.Rule) (ImportChange, *mapping.Problem) {
	c := ImportChange{Name: r.Name, Kind: "create", Rule: r}
	id := st.named(r.Name)
	i := st.find(id)
	switch {
	case id == "":
		return c, nil
	case i < 0:
		return c, &mapping.Problem{
			Rule: r.Name, Field: "name", Message: "a mapping of this name is written in the config file or the demo", Remedy: "choose another name",
		}
	}
	old := st.ui[i].compiled()
	c.id, c.Old, c.Kind = id, &old, "update"
	if old.Disabled == r.Disabled && string(essence(old)) == string(essence(r)) {
		c.Old, c.Kind = nil, "same"
	}
	return c, nil
}

// take puts imported rules where they belong.
func (w *wish) take(changes []ImportChange) error {
	for _, c := range changes {
		if c.Kind == "create" {
			if err := w.create(newID(), tidy(c.Rule), !c.Rule.Disabled, false); err != nil {
				return err
			}
			continue
		}
		i := slices.IndexFunc(w.ui, func(r record) bool { return r.ID == c.id })
		w.ui[i].Rule, w.ui[i].Enabled = tidy(c.Rule), !c.Rule.Disabled
		w.touch(c.id, false)
		if err := checkSize(c.Rule); err != nil {
			return err
		}
	}
	return nil
}

// rehearse finds what would be wrong once imported rules were there.
func (s *Service) rehearse(changes []ImportChange) []mapping.Problem {
	st := s.state.Load()
	w := &wish{ui: slices.Clone(st.ui), gen: st.gen + 1}
	err := w.take(changes)
	if err == nil {
		err = judge(st, evaluate(st.fixed, w.ui, w.gen, st.table), w)
	}
	var refused *Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && len(refused.Problems) > 0:
		return refused.Problems
	}
	return []mapping.Problem{{Message: err.Error()}}
}

// Export writes rules as TOML: those with the ids, or all of the UI's. The error wraps ErrNotFound.
func (s *Service) Export(ids []string) ([]byte, error) {
	st := s.state.Load()
	var list []mapping.Rule
	if len(ids) == 0 {
		for i := range st.ui {
			list = append(list, st.ui[i].compiled())
		}
		return mapping.FormatTOML(list), nil
	}
	for _, id := range ids {
		r, ok := st.rule(id)
		if !ok {
			return nil, notFound("mapping", id)
		}
		if i := st.find(id); i >= 0 {
			r = st.ui[i].compiled()
		}
		list = append(list, r)
	}
	return mapping.FormatTOML(list), nil
}

// Parse reads the [[mapping]] tables of a text; neither result is nil. A problem without a rule is that the text is no TOML.
func Parse(text string) ([]mapping.Rule, []MappingProblem) {
	rules, problems := parse(text)
	return rules, shownProblems(problems)
}

func parse(text string) ([]mapping.Rule, []mapping.Problem) {
	rules, err := mapping.ParseTOML("", []byte(text))
	list, problems := make([]mapping.Rule, 0, len(rules)), []mapping.Problem{}
	for _, r := range rules {
		disabled := r.Disabled
		r = tidy(r)
		r.Disabled = disabled
		list = append(list, r)
	}
	var found *mapping.Problems
	switch {
	case errors.As(err, &found):
		problems = append(problems, found.List...)
	case err != nil:
		problems = append(problems, syntaxProblem(err))
	}
	return list, problems
}

// syntaxProblem is a fault of the TOML itself, with its line.
func syntaxProblem(err error) mapping.Problem {
	p := mapping.Problem{Message: strings.TrimPrefix(err.Error(), ":"), Remedy: "correct the TOML"}
	var bad *mapping.SyntaxError
	if errors.As(err, &bad) {
		p.Line, p.Message = bad.Line, bad.Err.Error()
	}
	return p
}

// Format writes rules as TOML.
func Format(rules []mapping.Rule) string {
	list := make([]mapping.Rule, len(rules))
	for i, r := range rules {
		disabled := r.Disabled
		list[i] = tidy(r)
		list[i].Disabled = disabled
	}
	return string(mapping.FormatTOML(list))
}
