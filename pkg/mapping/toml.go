package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// ParseTOML reads the [[mapping]] tables of a whole configuration file; other tables are left to others. The rules
// are as written, without defaults, and know their lines. The error is a *Problems with every fault found, beside the
// rules that have none, or one error with the position of what is not TOML at all. file is only named in errors.
func ParseTOML(file string, data []byte) ([]Rule, error) {
	var doc map[string]any
	if err := toml.Unmarshal(data, &doc); err != nil {
		return nil, syntaxError(file, err)
	}
	lines := tomlLines(data)
	d := &tomlReader{file: file, positions: positions(file, lines)}
	list, ok := tableList(doc["mapping"])
	if !ok {
		d.pos = Pos{File: file, Line: lines["mapping"]}
		d.fail("", "mapping is not a list of tables", "write [[mapping]]")
	}
	var rules []Rule
	for i, m := range list {
		before := len(d.problems.List)
		d.pos = d.positions[i]
		d.rule, _ = m["name"].(string)
		r := Rule{Pos: d.pos}
		d.table("", m, &r)
		if len(d.problems.List) == before {
			rules = append(rules, r)
		}
	}
	d.problems.sort()
	return rules, d.problems.err()
}

// syntaxError adds the position to a TOML fault.
func syntaxError(file string, err error) error {
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return &SyntaxError{file, line, column, err}
	}
	return fmt.Errorf("%s: %w", file, err)
}

// SyntaxError is a text that is no TOML.
type SyntaxError struct {
	File         string
	Line, Column int // from 1
	Err          error
}

// Error puts the position first, as compilers do.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns what the reader of TOML found.
func (e *SyntaxError) Unwrap() error { return e.Err }

// tableList is v as a list of tables, with ok for an absent one too.
func tableList(v any) (list []map[string]any, ok bool) {
	if v == nil {
		return nil, true
	}
	elements, ok := v.([]any)
	if !ok {
		return nil, false
	}
	for _, e := range elements {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		list = append(list, m)
	}
	return list, true
}

// tomlReader fills rules from decoded tables and collects what does not fit.
type tomlReader struct {
	file      string
	positions map[int]Pos // by the number of the mapping
	pos       Pos         // of the rule being read
	rule      string      // its name
	problems  Problems
}

func (d *tomlReader) fail(field, message, remedy string) {
	d.problems.List = append(d.problems.List, Problem{
		Rule: d.rule, File: d.file, Line: d.pos.LineOf(field), Field: field, Message: message, Remedy: remedy,
	})
}

// positions sorts the lines of all keys, "mapping.0.rpc.reply", by mapping.
func positions(file string, lines map[string]int) map[int]Pos {
	out := make(map[int]Pos)
	for path, line := range lines {
		rest, ok := strings.CutPrefix(path, "mapping.")
		number, field, isField := strings.Cut(rest, ".")
		i, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		pos, seen := out[i]
		if !seen {
			pos = Pos{File: file, Fields: make(map[string]int)}
		}
		if isField {
			pos.Fields[field] = line
		} else {
			pos.Line = line
		}
		out[i] = pos
	}
	return out
}
