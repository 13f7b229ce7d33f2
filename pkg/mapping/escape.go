package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// escape percent-encodes what would mean something in a namespace: % , ? # + /, control characters and bytes that
// are not UTF-8. The rest stays literal UTF-8. A value that needs nothing is returned as it is.
func escape(v string) string {
	n := plain(v)
	if n == len(v) {
		return v
	}
	var b strings.Builder
	for v != "" {
		b.WriteString(v[:n])
		v = v[n:]
		_, size := utf8.DecodeRuneInString(v)
		for i := range size {
			b.WriteByte('%')
			b.WriteByte(upperHex[v[i]>>4])
			b.WriteByte(upperHex[v[i]&15])
		}
		v = v[size:]
		n = plain(v)
	}
	return b.String()
}

// plain is the length of the beginning of v that needs no escape.
func plain(v string) int {
	for i, r := range v {
		switch {
		case r == '%', r == ',', r == '?', r == '#', r == '+', r == '/', unicode.IsControl(r):
			return i
		case r == utf8.RuneError && !strings.HasPrefix(v[i:], "\uFFFD"):
			return i
		}
	}
	return len(v)
}

// unescape is the inverse of escape. It refuses what escape would not have written, so that one value has one name.
func unescape(v string) (string, bool) {
	if strings.IndexByte(v, '%') < 0 {
		return v, plain(v) == len(v)
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c == '%' {
			if i+2 >= len(v) {
				return "", false
			}
			hi, lo := strings.IndexByte(upperHex, v[i+1]), strings.IndexByte(upperHex, v[i+2])
			if hi < 0 || lo < 0 {
				return "", false
			}
			c = byte(hi<<4 | lo)
			i += 2
		}
		b.WriteByte(c)
	}
	out := b.String()
	return out, escape(out) == v
}
