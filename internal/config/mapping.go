package config

import (
	"errors"

	"gateway/pkg/mapping"
)

// readMappings reads the [[mapping]] tables.
func (r *reader) readMappings(data []byte) []mapping.Rule {
	if _, written := r.tree["mapping"]; !written {
		return nil
	}
	rules, err := mapping.ParseTOML(r.file, data)
	r.mappingProblems(err)
	return rules
}

// compileMappings reads the [[mapping]] tables and reports every rule that does not stand.
func (r *reader) compileMappings(data []byte) []mapping.Rule {
	rules := r.readMappings(data)
	_, err := mapping.Compile(rules)
	r.mappingProblems(err)
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
