package config

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// positions says on which line each path of a TOML document is written. A path is "http.listen" or
// "link[0].topics[1].qos"; an element that is not a bare key is quoted.
type positions struct {
	lines    map[string]int
	newlines []int          // offsets
	arrays   map[string]int // entries so far of each array of tables
}

// locate walks a document that is known to be valid.
func locate(data []byte) *positions {
	p := &positions{lines: map[string]int{}, arrays: map[string]int{}}
	for i := 0; ; i++ {
		n := bytes.IndexByte(data[i:], '\n')
		if n < 0 {
			break
		}
		i += n
		p.newlines = append(p.newlines, i)
	}
	var parser unstable.Parser
	parser.Reset(data)
	table := ""
	for parser.NextExpression() {
		switch e := parser.Expression(); e.Kind {
		case unstable.Table:
			table = p.header(e, false)
		case unstable.ArrayTable:
			table = p.header(e, true)
		case unstable.KeyValue:
			p.keyValue(table, e)
		}
	}
	return p
}

// header notes the line of [a.b] or [[a.b]] and returns its path.
func (p *positions) header(e *unstable.Node, array bool) string {
	path, it := "", e.Key()
	for it.Next() {
		path = p.current(join(path, string(it.Node().Data)))
		p.note(path, it.Node())
		if it.IsLast() && array {
			path = p.nextEntry(path)
			p.note(path, it.Node())
		}
	}
	return path
}

// nextEntry opens one more entry of the array of tables at path, which may carry the index of the one before.
func (p *positions) nextEntry(path string) string {
	if i := strings.LastIndexByte(path, '['); i >= 0 && strings.HasSuffix(path, "]") && p.arrays[path[:i]] > 0 {
		path = path[:i]
	}
	p.arrays[path]++
	return p.current(path)
}

// current adds the index of the entry that is open, when path is an array of tables.
func (p *positions) current(path string) string {
	if n := p.arrays[path]; n > 0 {
		return fmt.Sprintf("%s[%d]", path, n-1)
	}
	return path
}

func (p *positions) keyValue(path string, e *unstable.Node) {
	it := e.Key()
	for it.Next() {
		path = join(path, string(it.Node().Data))
		p.note(path, it.Node())
	}
	p.value(path, e.Value())
}

func (p *positions) value(path string, v *unstable.Node) {
	it := v.Children()
	switch v.Kind {
	case unstable.Array:
		for i := 0; it.Next(); i++ {
			item := fmt.Sprintf("%s[%d]", path, i)
			p.note(item, it.Node())
			p.value(item, it.Node())
		}
	case unstable.InlineTable:
		for it.Next() {
			p.keyValue(path, it.Node())
		}
	}
}

// note keeps the first line of a path. An array node has no place of its own and is skipped.
func (p *positions) note(path string, n *unstable.Node) {
	if _, ok := p.lines[path]; ok || n.Kind == unstable.Array {
		return
	}
	p.lines[path] = 1 + sort.SearchInts(p.newlines, int(n.Raw.Offset))
}

// line is where path is written, or what it lies in.
func (p *positions) line(path string) int {
	for {
		if n, ok := p.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 1
		}
		path = path[:i]
	}
}

// join adds a key to a path; what could be taken for the path's own punctuation is quoted.
func join(path, key string) string {
	if key == "" || strings.ContainsAny(key, `.[]" `) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// bare is a path without its indices: the name of the key for people.
func bare(path string) string {
	for {
		i := strings.IndexByte(path, '[')
		j := strings.IndexByte(path, ']')
		if i < 0 || j < i {
			return path
		}
		path = path[:i] + path[j+1:]
	}
}
