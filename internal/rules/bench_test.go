package rules

import (
	"fmt"
	"testing"

	"gateway/pkg/mapping"
)

// BenchmarkSave edits one of 500 rules, half of them with expressions and all with a pinned test.
func BenchmarkSave(b *testing.B) {
	s, err := New(Options{Records: &memory{data: map[string]map[string][]byte{}}, Apply: func(*mapping.Table) {}})
	if err != nil {
		b.Fatal(err)
	}
	var last Mapping
	for i := range 500 {
		r := room(fmt.Sprint("rule", i))
		if i%2 == 0 {
			r.When = "payload > 5"
		}
		r.Tests = []mapping.Test{{Topic: r.Name + "/a", Payload: "6", Expect: mapping.Expect{Event: "a"}}}
		if last, _, err = s.Create("ann", r, true, false); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for i := range b.N {
		r := last.Rule
		r.Transform = fmt.Sprintf("payload * %d", i)
		if last, _, err = s.Update("ann", last.ID, last.Revision, r, true, false); err != nil {
			b.Fatal(err)
		}
	}
}
