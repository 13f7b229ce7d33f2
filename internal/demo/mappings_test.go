package demo

import (
	"strings"
	"testing"

	"gateway/pkg/mapping"
)

func TestMappingsPassTheirOwnTests(t *testing.T) {
	rules, err := mapping.ParseTOML("demo", Mappings())
	if err != nil {
		t.Fatal(err)
	}
	table, err := mapping.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if !strings.HasPrefix(r.Name, "demo-") {
			t.Errorf("rule %q does not begin with demo-", r.Name)
		}
		if len(r.Tests) == 0 {
			t.Errorf("rule %q has no test", r.Name)
		}
	}
	for _, result := range table.RunTests() {
		if !result.OK {
			t.Errorf("%s test %d (line %d): %s", result.Rule, result.Index, result.Line, result.Text)
		}
	}
}

func TestMappingsAreACopy(t *testing.T) {
	Mappings()[0] = 'x'
	if Mappings()[0] != mappings[0] || mappings[0] == 'x' {
		t.Error("a caller can change the demo's rules")
	}
}
