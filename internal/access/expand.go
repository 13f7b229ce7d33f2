package access

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ClientID stands for the principal's id in the patterns of a token.
const ClientID = "{client.id}"

// maxID is the longest id of a principal, in bytes.
const maxID = 64

// ValidID reports whether id can name a principal. It is a part of topics and namespaces wherever {client.id} is, so it is one
// level, holds no wildcard and does not make a topic of the gateway's own.
func ValidID(id string) bool {
	bad := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }
	return id != "" && len(id) <= maxID && utf8.ValidString(id) && id[0] != '$' &&
		!strings.ContainsAny(id, "/+#{}") && strings.IndexFunc(id, bad) < 0
}

// Expand returns patterns with {client.id} replaced. Those that need an id are left out when id can name nobody.
func Expand(patterns []string, id string) []string {
	out := make([]string, 0, len(patterns))
	for _, p := range patterns {
		if strings.Contains(p, ClientID) && !ValidID(id) {
			continue
		}
		out = append(out, strings.ReplaceAll(p, ClientID, id))
	}
	return out
}
