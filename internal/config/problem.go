package config

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	File    string // file, variable or flag the value came from: "config.toml", "GATEWAY_LOG_LEVEL", "--listen"
	Line    int    // from 1; 0 for variables and flags
	Key     string // "http.listen", "link.topics.qos"; empty when no key is concerned
	Message string // what is wrong
	Remedy  string // what to do about it
}

// String is "file:line: key: message; remedy", without the parts that are not known.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Warning is a Problem that does not keep the gateway from starting.
type Warning Problem

// String is that of a Problem.
func (w Warning) String() string { return Problem(w).String() }

// Problems is the error of Load for a configuration that was read but is wrong: every problem, by line.
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

// sortByLine puts problems with the file first, in file order, then those of variables and flags.
func (p *Problems) sortByLine() {
	sort.SliceStable(p.List, func(i, j int) bool {
		a, b := p.List[i].Line, p.List[j].Line
		return a != 0 && (b == 0 || a < b)
	})
}

// flaw is what is wrong with a value, before it is known where the value stands.
type flaw struct {
	message string
	remedy  string
}
