package config

// Effective is the value in force of one key that file, environment and command line can set.
type Effective struct {
	Key     string
	Value   string // as TOML; no key of these holds a secret
	Default string // as TOML
	Source  string // "default", "file", "env" or "flag"
}

// effective lists the values in force, in the order of the example file.
func (l *layers) effective() []Effective {
	list := make([]Effective, 0, len(l.specs))
	for _, s := range l.specs {
		e := Effective{Key: s.key, Value: literal(plainList(l.v.Get(s.key))), Default: literal(s.def), Source: "default"}
		if p, set := l.places[s.key]; set {
			e.Source = p.source(s.key)
		}
		list = append(list, e)
	}
	return list
}

// source says which layer a value came from.
func (p place) source(key string) string {
	switch {
	case p.line > 0:
		return "file"
	case p.name == variable(key):
		return "env"
	case len(p.name) > 2 && p.name[:2] == "--":
		return "flag"
	}
	return "file"
}

// plainList is a list of strings as a list of anything, which is what the file holds.
func plainList(v any) any {
	words, ok := v.([]string)
	if !ok {
		return v
	}
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return list
}
