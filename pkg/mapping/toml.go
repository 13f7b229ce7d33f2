package mapping

import (
	"errors"
	"fmt"
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
	d := &tomlReader{file: file, lines: tomlLines(data)}
	list, ok := tableList(doc["mapping"])
	if !ok {
		d.pos = Pos{File: file, Line: d.lines["mapping"]}
		d.fail("", "mapping is not a list of tables", "write [[mapping]]")
	}
	var rules []Rule
	for i, m := range list {
		before := len(d.problems.List)
		d.pos = d.position(i)
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

// syntaxError puts the position of a TOML fault first, as compilers do.
func syntaxError(file string, err error) error {
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return fmt.Errorf("%s:%d:%d: %w", file, line, column, err)
	}
	return fmt.Errorf("%s: %w", file, err)
}

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
	file     string
	lines    map[string]int // line of every key by its path, "mapping.0.rpc.reply"
	pos      Pos            // of the rule being read
	rule     string         // its name
	problems Problems
}

func (d *tomlReader) fail(field, message, remedy string) {
	d.problems.List = append(d.problems.List, Problem{
		Rule: d.rule, File: d.file, Line: d.pos.LineOf(field), Field: field, Message: message, Remedy: remedy,
	})
}

// position is where the i-th mapping was written.
func (d *tomlReader) position(i int) Pos {
	path := fmt.Sprintf("mapping.%d", i)
	pos := Pos{File: d.file, Line: d.lines[path], Fields: make(map[string]int)}
	for p, line := range d.lines {
		if field, ok := strings.CutPrefix(p, path+"."); ok {
			pos.Fields[field] = line
		}
	}
	return pos
}
