package mapping

import (
	"bytes"
	"strconv"

	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlLines finds the line of every key and table of a document that is known to be TOML. Elements of lists are
// numbered: "mapping.0.test.1.topic".
func tomlLines(data []byte) map[string]int {
	w := &lineWalker{data: data, lines: make(map[string]int), count: make(map[string]int)}
	w.parser.Reset(data)
	table := ""
	for w.parser.NextExpression() {
		e := w.parser.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = w.header(e)
		case unstable.KeyValue:
			w.keyValue(table, e)
		}
	}
	return w.lines
}

type lineWalker struct {
	parser unstable.Parser
	data   []byte
	lines  map[string]int
	count  map[string]int // tables so far under each [[header]]

	offset, line int // the newlines before offset are counted in line
}

// header notes the line of a table and returns its path.
func (w *lineWalker) header(e *unstable.Node) string {
	path := ""
	it := e.Key()
	for it.Next() {
		key := it.Node()
		path = join2(path, string(key.Data))
		if e.Kind == unstable.ArrayTable && it.IsLast() {
			w.count[path]++
		}
		if n := w.count[path]; n > 0 {
			path = join2(path, strconv.Itoa(n-1))
		}
		w.note(path, key)
	}
	return path
}

// keyValue notes the lines of a key and of the keys inside its value.
func (w *lineWalker) keyValue(path string, e *unstable.Node) {
	it := e.Key()
	for it.Next() {
		path = join2(path, string(it.Node().Data))
		w.note(path, it.Node())
	}
	w.value(path, e.Value())
}

func (w *lineWalker) value(path string, v *unstable.Node) {
	it := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for it.Next() {
			if it.Node().Kind == unstable.KeyValue {
				w.keyValue(path, it.Node())
			}
		}
	case unstable.Array:
		for i := 0; it.Next(); i++ {
			element := join2(path, strconv.Itoa(i))
			if first := it.Node().Child(); first != nil && first.Kind == unstable.KeyValue {
				key := first.Key()
				key.Next()
				w.note(element, key.Node())
			}
			w.value(element, it.Node())
		}
	}
}

// note keeps the line of a path, the first one where it comes twice.
func (w *lineWalker) note(path string, n *unstable.Node) {
	if _, ok := w.lines[path]; !ok {
		w.lines[path] = w.lineAt(int(n.Raw.Offset))
	}
}

// lineAt is the line of an offset, from 1. Offsets come in rising order, nearly.
func (w *lineWalker) lineAt(offset int) int {
	if offset < w.offset {
		w.offset, w.line = 0, 0
	}
	w.line += bytes.Count(w.data[w.offset:offset], []byte("\n"))
	w.offset = offset
	return w.line + 1
}

func join2(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
