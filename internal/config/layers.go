package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// place is where the value in force of a key came from.
type place struct {
	name string // file, variable or flag
	line int
}

// layers is the scalar part of the configuration: defaults, over them file, environment and command line. Only
// checked values enter a layer, so that a wrong one is reported even when a later layer hides it.
type layers struct {
	v      *viper.Viper
	specs  []spec[Config]
	places map[string]place
}

// scalars reads every layer and returns the values in force.
func (r *reader) scalars(flags map[string]string, environ []string) (*Config, *layers) {
	l := &layers{v: viper.New(), specs: scalarSpecs(), places: map[string]place{}}
	c := &Config{}
	for _, s := range l.specs {
		l.v.SetDefault(s.key, s.def)
	}
	r.fileLayer(l)
	r.environLayer(l, environ)
	r.flagLayer(l, flags)
	for _, s := range l.specs {
		_ = s.value(l.v.Get(s.key), c) // was checked on its way in
	}
	return c, l
}

func (r *reader) fileLayer(l *layers) {
	for _, s := range l.specs {
		v, ok := lookup(r.tree, s.key)
		if !ok {
			continue
		}
		if f := s.value(v, &Config{}); f != nil {
			r.fail(s.key, f)
			continue
		}
		_ = l.v.MergeConfigMap(nested(s.key, v)) // fails only for keys that are no strings
		l.places[s.key] = place{r.file, r.at.line(s.key)}
	}
}

func (r *reader) environLayer(l *layers, environ []string) {
	keys := map[string]spec[Config]{}
	for _, s := range l.specs {
		keys[variable(s.key)] = s
	}
	known := slices.Sorted(maps.Keys(keys))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "GATEWAY_") || ofCommands(name) {
			continue
		}
		s, ok := keys[name]
		if !ok {
			r.warnVariable(name, known)
			continue
		}
		r.set(l, s, name, value)
	}
}

// ofCommands reports whether a variable is no setting, but something that a command asks for: secrets stand in no file.
func ofCommands(name string) bool { return name == "GATEWAY_TOKEN" || name == "GATEWAY_WIFI_PASSWORD" }

// warnVariable tells of a variable that sets nothing. It is no error: container platforms invent such names
// (GATEWAY_PORT, GATEWAY_SERVICE_HOST) for a service called gateway.
func (r *reader) warnVariable(name string, known []string) {
	w := Warning{File: name, Message: "unknown variable, ignored"}
	if best, cost := nearest(name, known); near(strings.TrimPrefix(name, "GATEWAY_"), cost-1) {
		w.Remedy = fmt.Sprintf("did you mean %s?", best)
	}
	r.warnings = append(r.warnings, w)
}

func (r *reader) flagLayer(l *layers, flags map[string]string) {
	for _, s := range l.specs {
		if value, ok := flags[s.key]; ok {
			name := "--" + s.flag
			if s.flag == "" {
				name = "--" + s.key
			}
			r.set(l, s, name, value)
		}
	}
}

// set puts the text of a variable or flag above the layers so far.
func (r *reader) set(l *layers, s spec[Config], name, value string) {
	v, f := s.kind.text(value)
	if f == nil {
		f = s.value(v, &Config{})
	}
	if f != nil {
		r.problems.List = append(r.problems.List, Problem{File: name, Message: f.message, Remedy: f.remedy})
		return
	}
	l.v.Set(s.key, v)
	l.places[s.key] = place{name: name}
}

// lookup finds "http.listen" in a tree of tables.
func lookup(tree map[string]any, key string) (any, bool) {
	table, rest, found := strings.Cut(key, ".")
	v, ok := tree[table]
	if !found || !ok {
		return v, ok
	}
	inner, _ := v.(map[string]any)
	return lookup(inner, rest)
}

// nested is the tree with one value in it.
func nested(key string, v any) map[string]any {
	table, rest, found := strings.Cut(key, ".")
	if !found {
		return map[string]any{key: v}
	}
	return map[string]any{table: nested(rest, v)}
}
