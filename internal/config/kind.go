package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// kind reads one sort of value.
type kind struct {
	name string                      // what a person would call it: "duration"
	text func(s string) (any, *flaw) // from a variable or flag to what the file would hold
	read func(v any) (any, *flaw)    // from what the file holds to the checked Go value
}

// plain is the text of kinds that are strings in the file too.
func plain(s string) (any, *flaw) { return s, nil }

// text is a string that passes check, which may be nil.
func text(name string, check func(s string) *flaw) kind {
	read := func(v any) (any, *flaw) {
		s, ok := v.(string)
		if !ok {
			return nil, wrongType(v, "a string", `put it in quotes`)
		}
		if check != nil {
			if f := check(s); f != nil {
				return nil, f
			}
		}
		return s, nil
	}
	return kind{name: name, text: plain, read: read}
}

// oneOf is one of a few words.
func oneOf(words ...string) kind {
	list := `"` + strings.Join(words, `", "`) + `"`
	return text("word", func(s string) *flaw {
		for _, w := range words {
			if s == w {
				return nil
			}
		}
		return &flaw{fmt.Sprintf("%q is not one of its values", s), "use one of " + list}
	})
}

// count is a whole number from least to most; it reads as an int.
func count(least, most int) kind {
	remedy := fmt.Sprintf("use a whole number from %d to %d", least, most)
	read := func(v any) (any, *flaw) {
		n, ok := v.(int64)
		if !ok {
			return nil, wrongType(v, "a number", remedy)
		}
		if n < int64(least) || n > int64(most) {
			return nil, &flaw{fmt.Sprintf("%d is out of range", n), remedy}
		}
		return int(n), nil
	}
	fromText := func(s string) (any, *flaw) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, &flaw{fmt.Sprintf("%q is not a number", s), remedy}
		}
		return n, nil
	}
	return kind{name: "number", text: fromText, read: read}
}

// duration is a Go duration in quotes, or a bare 0, from least to most; zero is allowed besides when zeroOK.
func duration(least, most time.Duration, zeroOK bool) kind {
	remedy := fmt.Sprintf("use a duration from %q to %q", short(least), short(most))
	if zeroOK {
		remedy += `, or 0 for none`
	}
	read := func(v any) (any, *flaw) {
		d, f := toDuration(v, remedy)
		if f != nil {
			return nil, f
		}
		if (d < least || d > most) && !(zeroOK && d == 0) {
			return nil, &flaw{fmt.Sprintf("%s is out of range", short(d)), remedy}
		}
		return d, nil
	}
	return kind{name: "duration", text: plain, read: read}
}

func toDuration(v any, remedy string) (time.Duration, *flaw) {
	switch v := v.(type) {
	case string:
		d, err := time.ParseDuration(v)
		if err == nil {
			return d, nil
		}
		if n, err := strconv.ParseUint(v, 10, 31); err == nil {
			return 0, noUnit(int64(n), `a duration`, `s`)
		}
		return 0, &flaw{fmt.Sprintf("%q is not a duration", v), remedy}
	case int64:
		if v == 0 {
			return 0, nil
		}
		return 0, noUnit(v, `a duration`, `s`)
	}
	return 0, wrongType(v, "a duration", remedy)
}

// noUnit is the flaw of a number that lacks its unit.
func noUnit(n int64, what, unit string) *flaw {
	return &flaw{fmt.Sprintf("%s needs a unit", what), fmt.Sprintf("write \"%d%s\"", n, unit)}
}

// short is a duration without the zero parts that time.Duration prints: "10m" for "10m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// list is a list of strings that each pass check; in a variable or flag the strings are separated by commas.
func list(name string, check func(s string) *flaw) kind {
	remedy := fmt.Sprintf("write [\"...\"], a list of %s", name)
	read := func(v any) (any, *flaw) {
		items, ok := v.([]any)
		if !ok {
			return nil, wrongType(v, "a list", remedy)
		}
		out := make([]string, 0, len(items))
		for _, item := range items {
			s, ok := item.(string)
			if !ok {
				return nil, wrongType(item, "a list of strings", remedy)
			}
			if f := check(s); f != nil {
				return nil, f
			}
			out = append(out, s)
		}
		return out, nil
	}
	return kind{name: "list of " + name, text: splitList, read: read}
}

func splitList(s string) (any, *flaw) {
	items := []any{}
	for _, item := range strings.Split(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items, nil
}

// wrongType is the flaw of a value of another type than the key's.
func wrongType(v any, want, remedy string) *flaw {
	return &flaw{fmt.Sprintf("wants %s, not %s", want, typeName(v)), remedy}
}

func typeName(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("the string %q", v)
	case int64, float64, bool:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}
