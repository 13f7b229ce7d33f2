package rules

import (
	"fmt"
	"math"

	"gateway/pkg/mapping"
)

// tidy is a rule as the service keeps it: without a place in a file, without the switch, and with whole numbers in its tests as
// such: JSON tells 43 from 43.0 no more than people do, but TOML would show it.
func tidy(r mapping.Rule) mapping.Rule {
	r.Pos, r.Disabled = mapping.Pos{}, false
	tests := make([]mapping.Test, len(r.Tests))
	for i, t := range r.Tests {
		t.Argument, t.Expect.Payload = whole(t.Argument), whole(t.Expect.Payload)
		tests[i] = t
	}
	r.Tests = tests
	if len(tests) == 0 {
		r.Tests = nil
	}
	return r
}

// whole is v with its whole numbers as int64.
func whole(v any) any {
	const exact = 1 << 53
	switch x := v.(type) {
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < exact {
			return int64(x)
		}
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = whole(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = whole(e)
		}
		return out
	}
	return v
}

// checkSize refuses rules that no person writes.
func checkSize(r mapping.Rule) error {
	if n := len(essence(r)); n > maxRuleSize {
		return withProblems([]mapping.Problem{{
			Rule: r.Name, Message: fmt.Sprintf("the mapping is %d bytes; the limit is %d", n, maxRuleSize), Remedy: "shorten it",
		}})
	}
	return nil
}
