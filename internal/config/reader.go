package config

import "fmt"

// reader reads one document, gathering every problem.
type reader struct {
	file     string
	tree     map[string]any
	at       *positions
	problems Problems
	warnings []Warning
}

// fail notes what is wrong with the value at path in the file.
func (r *reader) fail(path string, f *flaw) {
	r.problems.List = append(r.problems.List, Problem{
		File: r.file, Line: r.at.line(path), Key: bare(path), Message: f.message, Remedy: f.remedy,
	})
}

// fill reads the keys of one table into dst; those not written get their defaults.
func fill[T any](r *reader, path string, table map[string]any, specs []spec[T], dst *T) {
	for _, s := range specs {
		v, written := table[s.key]
		switch {
		case !written && s.def == nil:
			r.fail(path, &flaw{fmt.Sprintf("%s is missing", s.key), "add it: " + s.help})
			continue
		case !written:
			v = s.def
		}
		if f := s.value(v, dst); f != nil {
			r.fail(join(path, s.key), f)
		}
	}
}
