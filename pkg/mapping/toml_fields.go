package mapping

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// table fills the struct that into points to from a table, by the toml tags of its fields. path is the way to the
// table inside its mapping, with a dot at the end.
func (d *tomlReader) table(path string, m map[string]any, into any) {
	target := reflect.ValueOf(into).Elem()
	fields := tomlFields(target.Type())
	for _, key := range slices.Sorted(maps.Keys(m)) {
		i, known := fields[key]
		if !known {
			d.fail(path+key, "unknown key", didYouMean(key, slices.Sorted(maps.Keys(fields))))
			continue
		}
		d.value(path+key, m[key], target.Field(i))
	}
}

// tomlFields are the fields of a struct by their key.
func tomlFields(t reflect.Type) map[string]int {
	fields := make(map[string]int)
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("toml"), ",")
		if key != "-" {
			fields[key] = i
		}
	}
	return fields
}

// value sets one field, which is text, a switch, a number, a table, a list of tables or anything at all.
func (d *tomlReader) value(path string, v any, into reflect.Value) {
	ok := true
	switch into.Kind() {
	case reflect.String:
		var s string
		if s, ok = v.(string); ok {
			into.SetString(s)
		}
	case reflect.Bool:
		var b bool
		if b, ok = v.(bool); ok {
			into.SetBool(b)
		}
	case reflect.Uint8:
		var n int64
		if n, ok = v.(int64); ok && (n < 0 || n > 255) {
			d.fail(path, fmt.Sprintf("%s is %d", path, n), "use 0, 1 or 2")
		} else if ok {
			into.SetUint(uint64(n))
		}
	case reflect.Float64:
		ok = setFloat(v, into)
	case reflect.Interface:
		into.Set(reflect.ValueOf(v))
	default:
		ok = d.nested(path, v, into)
	}
	if !ok {
		want, example := wanted(into.Kind())
		key := path[strings.LastIndexByte(path, '.')+1:]
		d.fail(path, fmt.Sprintf("wants %s, not %s", want, got(v)), "write "+fmt.Sprintf(example, key))
	}
}

func setFloat(v any, into reflect.Value) bool {
	switch n := v.(type) {
	case int64:
		into.SetFloat(float64(n))
	case float64:
		into.SetFloat(n)
	default:
		return false
	}
	return true
}

// nested reads [mapping.rpc], [[mapping.test]] and expect.
func (d *tomlReader) nested(path string, v any, into reflect.Value) bool {
	m, isTable := v.(map[string]any)
	switch into.Kind() {
	case reflect.Pointer:
		if isTable {
			into.Set(reflect.New(into.Type().Elem()))
			d.table(path+".", m, into.Interface())
		}
		return isTable
	case reflect.Struct:
		if isTable {
			d.table(path+".", m, into.Addr().Interface())
		}
		return isTable
	}
	list, ok := tableList(v)
	if !ok {
		return false
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
	for i, m := range list {
		d.table(fmt.Sprintf("%s.%d.", path, i), m, into.Index(i).Addr().Interface())
	}
	return true
}

// wanted is what a field takes, in a user's words, and an example to be filled in with its key.
func wanted(k reflect.Kind) (what, example string) {
	switch k {
	case reflect.String:
		return "text in quotes", `%s = "..."`
	case reflect.Bool:
		return "true or false", "%s = true"
	case reflect.Uint8:
		return "a whole number", "%s = 1"
	case reflect.Float64:
		return "a number", "%s = 0.5"
	case reflect.Slice:
		return "a list of tables", "[[mapping.%s]]"
	case reflect.Pointer:
		return "a table", "[mapping.%s]"
	}
	return "a table", "%s = { ... }"
}

func got(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case int64:
		return "a number"
	case float64:
		return "a number with a point"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}
