package config

import "fmt"

// sources keeps the [[source]] tables as written. Nothing acts on them yet, and whoever wrote one should know.
func (r *reader) sources() []Source {
	var sources []Source
	items, isList := r.tree["source"].([]any)
	if _, written := r.tree["source"]; written && !isList {
		r.fail("source", &flaw{"wants a list of tables", "write [[source]] for each"})
	}
	for i, item := range items {
		path := fmt.Sprintf("source[%d]", i)
		values, ok := item.(map[string]any)
		if !ok {
			r.fail(path, wrongType(item, "a table", "write [[source]] for each"))
			continue
		}
		line := r.at.line(path)
		sources = append(sources, Source{Line: line, Values: values})
		r.warnings = append(r.warnings, Warning{File: r.file, Line: line, Key: "source", Message: "this gateway has no sources yet, ignored"})
	}
	return sources
}
