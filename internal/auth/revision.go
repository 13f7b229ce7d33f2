package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// revisionOf names the content of a record: the same after a restart, another after any change.
func revisionOf(record any) string {
	data, _ := json.Marshal(record) // records are plain
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// current refuses what is not there, and what is not, or no longer, at revision.
func current(what, id, revision string, exists bool, is func() string) error {
	switch {
	case !exists:
		return notFound(what, id)
	case revision != "" && revision != "*" && revision != is():
		return stale(what, id)
	}
	return nil
}
