package rules

import (
	"strings"

	"gateway/pkg/mapping"
)

// List returns all rules in order, and the revision of the list.
func (s *Service) List() (items []Mapping, revision string) {
	st := s.state.Load()
	stats := s.stats()
	items = make([]Mapping, 0, len(st.fixed)+len(st.ui))
	for i := range st.fixed {
		items = append(items, st.ofFixed(i, stats))
	}
	for i := range st.ui {
		items = append(items, st.ofUI(i, stats))
	}
	return items, st.revision()
}

// Get returns one rule. The error wraps ErrNotFound.
func (s *Service) Get(id string) (Mapping, error) { return s.state.Load().get(id, s.stats()) }

// IDs are the ids of all rules by their names, for counters that are kept by name.
func (s *Service) IDs() map[string]string {
	st := s.state.Load()
	out := make(map[string]string, len(st.fixed)+len(st.ui))
	for _, r := range st.ui {
		out[r.Rule.Name] = r.ID
	}
	for _, f := range st.fixed {
		out[f.rule.Name] = f.id
	}
	return out
}

// Resume ends the pause of a rule that was too slow. The error wraps ErrNotFound.
func (s *Service) Resume(id string) (Mapping, error) {
	r, ok := s.state.Load().rule(id)
	if !ok {
		return Mapping{}, notFound("mapping", id)
	}
	if s.Options.Resume != nil {
		s.Options.Resume(r.Name)
	}
	return s.Get(id)
}

func (s *Service) stats() map[string]RuleStats {
	if s.Stats == nil {
		return nil
	}
	return s.Stats()
}

func (st *state) get(id string, stats map[string]RuleStats) (Mapping, error) {
	for i := range st.fixed {
		if st.fixed[i].id == id {
			return st.ofFixed(i, stats), nil
		}
	}
	if i := st.find(id); i >= 0 {
		return st.ofUI(i, stats), nil
	}
	return Mapping{}, notFound("mapping", id)
}

func (st *state) ofFixed(i int, stats map[string]RuleStats) Mapping {
	f := &st.fixed[i]
	m := Mapping{ID: f.id, Origin: f.origin, Rule: f.rule, Enabled: !f.rule.Disabled, Order: i, Revision: f.revision()}
	return st.judged(m, stats)
}

func (st *state) ofUI(i int, stats map[string]RuleStats) Mapping {
	r := &st.ui[i]
	m := Mapping{
		ID: r.ID, Origin: FromUI, Rule: r.Rule, Enabled: r.Enabled, Order: len(st.fixed) + i, Revision: r.revision(),
		CreatedAt: &r.CreatedAt, UpdatedAt: &r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	}
	return st.judged(m, stats)
}

// judged fills in what was found about a rule.
func (st *state) judged(m Mapping, stats map[string]RuleStats) Mapping {
	m.Problems, m.Warnings = shownProblems(st.problems[m.ID]), shownProblems(st.warnings[m.ID])
	m.OK = len(m.Problems) == 0
	m.Rule.Pos, m.Rule.Disabled = mapping.Pos{}, false // enabled says it, and problems name the line
	if m.OK && m.Enabled {
		m.Stats = stats[m.Rule.Name]
	}
	return m
}

// shownProblems is problems for a client: never nil, and without the directory of the config file.
func shownProblems(problems []mapping.Problem) []MappingProblem {
	out := make([]MappingProblem, 0, len(problems))
	for _, p := range problems {
		p.File = p.File[strings.LastIndexByte(p.File, '/')+1:]
		out = append(out, MappingProblem(p))
	}
	return out
}
