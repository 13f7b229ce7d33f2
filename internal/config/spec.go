package config

import (
	"fmt"
	"time"
)

// spec says how one key of a table that becomes a T is read.
type spec[T any] struct {
	key  string // below the table: "listen", "outbox.full"; for Config below the root
	kind kind
	def  any          // as the file would hold it; nil when the key must be given
	at   func(*T) any // where the value goes
	help string       // one or two sentences
	flag string       // name on the command line, if it has one
}

// value reads v and puts it into dst.
func (s spec[T]) value(v any, dst *T) *flaw {
	read, f := s.kind.read(v)
	if f != nil {
		return f
	}
	assign(s.at(dst), read)
	return nil
}

// assign stores v, as a kind reads it, where p points.
func assign(p, v any) {
	switch p := p.(type) {
	case *string:
		*p = v.(string)
	case *int:
		*p = v.(int)
	case *byte:
		*p = byte(v.(int))
	case *int64:
		*p = v.(int64)
	case *time.Duration:
		*p = v.(time.Duration)
	case *[]string:
		*p = v.([]string)
	}
}

// literal is a default as TOML.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		s := "["
		for i, item := range v {
			if i > 0 {
				s += ", "
			}
			s += literal(item)
		}
		return s + "]"
	}
	return fmt.Sprint(v)
}
