package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"gateway/pkg/mapping"
)

const exampleFile = "../../config.example.toml"

// uncommented is the example with its settings uncommented.
func uncommented(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^#([^ \n#-].*|  \{.*)$`).ReplaceAll(data, []byte("$1"))
}

func TestExampleAsShipped(t *testing.T) {
	c, warnings, err := Load(exampleFile, nil, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	c.File = ""
	c.Effective = Default().Effective // they say where each came from
	if diff := cmp.Diff(Default(), c); diff != "" {
		t.Errorf("the example changes the defaults (-default +example):\n%s", diff)
	}
}

// TestExampleDefaults uncomments every setting and finds each key of Keys, at its default.
func TestExampleDefaults(t *testing.T) {
	c, warnings, err := parse("config.example.toml", uncommented(t), nil, nil, false)
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	if _, err := mapping.Compile(c.Mappings); err != nil {
		t.Error(err)
	}
	if len(c.Links) != 1 || len(c.Mappings) < 3 {
		t.Errorf("%d links and %d mappings", len(c.Links), len(c.Mappings))
	}
	var tree map[string]any
	if err := toml.Unmarshal(uncommented(t), &tree); err != nil {
		t.Fatal(err)
	}
	for _, k := range Keys() {
		v, ok := lookup(firstOf(tree), k.Name)
		if !ok {
			t.Errorf("%s is not in the example", k.Name)
		}
		if got := literal(v); !strings.HasPrefix(k.Name, "link.") && got != k.Default {
			t.Errorf("%s: the example has %s, the default is %s", k.Name, got, k.Default)
		}
	}
}

// firstOf replaces each list of tables by one table that has the keys of all.
func firstOf(tree map[string]any) map[string]any {
	out := map[string]any{}
	for key, v := range tree {
		if isTables(v) {
			all := map[string]any{}
			for _, item := range v.([]any) {
				for k, inner := range item.(map[string]any) {
					all[k] = inner
				}
			}
			v = all
		}
		if table, ok := v.(map[string]any); ok {
			v = firstOf(table)
		}
		out[key] = v
	}
	return out
}

// TestKeys holds the documentation of the keys together.
func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if k.Help == "" || k.Kind == "" || seen[k.Name] {
			t.Errorf("%+v: undocumented or twice", k)
		}
		seen[k.Name] = true
		if inTable := strings.HasPrefix(k.Name, "link."); inTable == (k.Env != "") {
			t.Errorf("%s: variable %q", k.Name, k.Env)
		}
		if k.Required == (k.Default != "") {
			t.Errorf("%s: required %v with default %q", k.Name, k.Required, k.Default)
		}
	}
}
