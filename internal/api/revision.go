package api

import (
	"net/http"
	"strings"

	"gateway/internal/fault"
)

// IfMatch is embedded in the input of operations that change an existing thing.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"The revision that was read, as in ETag. Without it 428, when it is not the newest 412." example:"\"5f2c\""`
}

// Revision returns the revision that the client has read.
func (i IfMatch) Revision() (string, error) {
	tag := strings.TrimPrefix(strings.TrimSpace(i.IfMatch), "W/")
	revision := strings.Trim(tag, `"`)
	if revision == "" {
		return "", invalid(http.StatusPreconditionRequired,
			"send If-Match with the revision that you have read, so that nobody's change is lost")
	}
	return revision, nil
}

// Match refuses a change of something that is not, or no longer, at the revision that the client has read.
func (i IfMatch) Match(current string) error {
	revision, err := i.Revision()
	if err != nil {
		return err
	}
	if revision != "*" && revision != current {
		return stale()
	}
	return nil
}

// stale is the refusal of a change that was made without knowing the newest one.
func stale() *Problem {
	return newProblem(http.StatusPreconditionFailed, fault.Invalid, "somebody else changed it meanwhile: read it again")
}

// Stale is what a service answers to a change that was made without knowing the newest one.
func Stale() error { return stale() }

// etag is a revision as the ETag header has it.
func etag(revision string) string { return `"` + revision + `"` }
