package mapping

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// FormatTOML writes rules as [[mapping]] tables, which ParseTOML reads back as they were. Absent keys stay absent.
func FormatTOML(rules []Rule) []byte {
	var out bytes.Buffer
	for i, r := range rules {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString("[[mapping]]\n")
		formatFields(&out, reflect.ValueOf(r), "name", "topic")
		if r.RPC != nil {
			out.WriteString("\n[mapping.rpc]\n")
			formatFields(&out, reflect.ValueOf(*r.RPC), "reply")
		}
		for _, test := range r.Tests {
			out.WriteString("\n[[mapping.test]]\n")
			formatFields(&out, reflect.ValueOf(test))
		}
	}
	return out.Bytes()
}

// formatFields writes the fields of a struct that are set, and those named even when they are not.
func formatFields(out *bytes.Buffer, v reflect.Value, always ...string) {
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("toml"), ",")
		f := v.Field(i)
		if key == "-" || f.IsZero() && !slices.Contains(always, key) {
			continue
		}
		switch f.Kind() {
		case reflect.Pointer, reflect.Slice: // tables of their own
		case reflect.Struct:
			fmt.Fprintf(out, "%s = %s\n", key, formatInline(f))
		default:
			fmt.Fprintf(out, "%s = %s\n", key, formatValue(f.Interface(), true))
		}
	}
}

// formatInline writes a struct as an inline table.
func formatInline(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("toml"), ",")
		if !v.Field(i).IsZero() {
			parts = append(parts, key+" = "+formatValue(v.Field(i).Interface(), false))
		}
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// formatValue writes a value. lines allows text to run over several lines, which inline tables do not take.
func formatValue(v any, lines bool) string {
	switch x := v.(type) {
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = formatValue(e, false)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, quoteTOML(k)+" = "+formatValue(x[k], false))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case float64:
		return formatFloat(x)
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return formatText(r.String(), lines)
	}
	return fmt.Sprint(v)
}

// formatFloat writes a number so that it is read back as one with a point.
func formatFloat(x float64) string {
	switch {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 0):
		return strings.ToLower(fmt.Sprintf("%+v", x))
	}
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// formatText picks the quotes that leave an expression as readable as it was.
func formatText(s string, lines bool) string {
	plain := !strings.ContainsFunc(s, func(r rune) bool { return (r < ' ' && r != '\t' && r != '\n') || r == 0x7f || r == '\uFFFD' })
	switch {
	case plain && lines && strings.Contains(s, "\n") && !strings.Contains(s, "'''") && !strings.HasSuffix(s, "'"):
		return "'''\n" + s + "'''"
	case plain && strings.ContainsAny(s, `"\`) && !strings.ContainsAny(s, "'\n"):
		return "'" + s + "'"
	}
	return quoteTOML(s)
}

// quoteTOML writes a basic string.
func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
