package config

import (
	"fmt"
	"maps"
	"slices"
)

// checkShape reports every key nobody reads, and every table written in the wrong way.
func (r *reader) checkShape() {
	s := shapeCheck{reader: r, leaves: map[string]bool{}, tables: tables()}
	for _, k := range Keys() {
		s.names = append(s.names, k.Name)
		s.leaves[k.Name] = true
	}
	s.table("", r.tree)
}

type shapeCheck struct {
	*reader
	names  []string        // of keys, in the order of Keys
	leaves map[string]bool // the same
	tables map[string]tableShape
}

func (s *shapeCheck) table(path string, t map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(t)) {
		s.entry(join(path, key), t[key])
	}
}

func (s *shapeCheck) entry(path string, v any) {
	key := bare(path)
	shape, isTable := s.tables[key]
	switch {
	case isTable && shape == opaque:
	case isTable && shape == many:
		s.entries(path, v)
	case isTable:
		s.single(path, v)
	case !s.leaves[key]:
		s.unknown(path, v)
	}
}

// entries wants a list of tables.
func (s *shapeCheck) entries(path string, v any) {
	items, ok := v.([]any)
	if !ok {
		key := bare(path)
		s.fail(path, &flaw{"wants a list of tables", fmt.Sprintf("write [[%s]] for each", key)})
		return
	}
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", path, i)
		if t, ok := item.(map[string]any); ok {
			s.table(at, t)
		} else {
			s.fail(at, wrongType(item, "a table", `write { key = value, ... }`))
		}
	}
}

// single wants one table.
func (s *shapeCheck) single(path string, v any) {
	if t, ok := v.(map[string]any); ok {
		s.table(path, t)
		return
	}
	s.fail(path, wrongType(v, "a table", fmt.Sprintf("write [%s], once, with its keys below", bare(path))))
}

func (s *shapeCheck) unknown(path string, v any) {
	if _, isTable := v.(map[string]any); isTable || isTables(v) {
		s.fail(path, &flaw{"unknown table", suggest(bare(path), slices.Sorted(maps.Keys(s.tables)))})
		return
	}
	s.fail(path, &flaw{"unknown key", suggest(bare(path), s.names)})
}

// isTables tells a list of tables from other lists.
func isTables(v any) bool {
	items, ok := v.([]any)
	if !ok || len(items) == 0 {
		return false
	}
	_, ok = items[0].(map[string]any)
	return ok
}
