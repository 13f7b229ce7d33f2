package config

import (
	"errors"

	"gateway/pkg/mapping"
)

// mappings reads the [[mapping]] tables; with lint, every rule that does not stand is a problem.
func (r *reader) mappings(data []byte, lint bool) []mapping.Rule {
	if _, written := r.tree["mapping"]; !written {
		return nil
	}
	rules, err := mapping.ParseTOML(r.file, data)
	r.mappingProblems(err)
	if lint {
		_, err = mapping.Compile(rules)
		r.mappingProblems(err)
	}
	return rules
}

func (r *reader) mappingProblems(err error) {
	var p *mapping.Problems
	if !errors.As(err, &p) {
		if err != nil {
			r.problems.List = append(r.problems.List, Problem{File: r.file, Key: "mapping", Message: err.Error()})
		}
		return
	}
	for _, m := range p.List {
		key := "mapping"
		if m.Rule != "" {
			key += " \"" + m.Rule + "\""
		}
		if m.Field != "" {
			key += ": " + m.Field
		}
		r.problems.List = append(r.problems.List, Problem{File: r.file, Line: m.Line, Key: key, Message: m.Message, Remedy: m.Remedy})
	}
}
