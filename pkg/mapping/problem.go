package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with one rule.
type Problem struct {
	Rule    string `json:"rule"`            // name; may be empty when that is the problem
	File    string `json:"file,omitempty"`  // empty for rules that come from no file
	Line    int    `json:"line,omitempty"`  // from 1; 0 without a file
	Field   string `json:"field,omitempty"` // key the problem is with: "topic", "rpc.reply"
	Message string `json:"message"`         // what is wrong
	Remedy  string `json:"remedy,omitempty"`
}

// String is `file:line: mapping "name": field: message; remedy`, without the parts that are not known.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	}
	fmt.Fprintf(&b, "mapping %q: ", p.Rule)
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is the error of ParseTOML and Compile: every problem found, in file order.
type Problems struct {
	List []Problem
}

// Error is one line a problem.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, q := range p.List {
		lines[i] = q.String()
	}
	return strings.Join(lines, "\n")
}

// sort brings the problems into the order of their lines, file by file as the files first come.
func (p *Problems) sort() {
	files := make(map[string]int)
	for _, q := range p.List {
		if _, ok := files[q.File]; !ok {
			files[q.File] = len(files)
		}
	}
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(files[a.File], files[b.File]), cmp.Compare(a.Line, b.Line))
	})
}

// err returns p as an error, nil when nothing was found.
func (p *Problems) err() error {
	if len(p.List) == 0 {
		return nil
	}
	return p
}
