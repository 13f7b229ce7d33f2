package auth

import (
	"errors"
	"fmt"
	"time"

	"gateway/internal/fault"
)

// What keeps an identity from being changed, beside a fault.Code. A [Refusal] wraps one of them.
var (
	ErrNotFound = errors.New("it does not exist")
	ErrConflict = errors.New("it does not go together with what there is")
	ErrStale    = errors.New("somebody else changed it meanwhile")
	ErrField    = errors.New("a field is wrong")
	// ErrUnauthenticated is wrapped where credentials were missing or wrong: whoever has other ones may try again.
	ErrUnauthenticated = errors.New("nobody is logged in")
)

// Refusal is an error with a sentence for a person, a fault code and what exactly is wrong.
type Refusal struct {
	Code    fault.Code
	Why     error         // one of the errors above; nil when the code says all
	Field   string        // with ErrField: name of the field in snake_case
	Message string        // one sentence
	Remedy  string        // what to do; may be empty
	After   time.Duration // with rate_limited: when to come again
}

// Error returns the sentence.
func (r *Refusal) Error() string { return r.Message }

// Unwrap returns the reason and a *fault.Error, so that fault.CodeOf and errors.Is see both.
func (r *Refusal) Unwrap() []error {
	list := []error{&fault.Error{Code: r.Code, Message: r.Message}}
	if r.Why != nil {
		list = append(list, r.Why)
	}
	return list
}

func notFound(what, id string) error {
	return &Refusal{Code: fault.Invalid, Why: ErrNotFound, Message: fmt.Sprintf("there is no %s %q", what, id)}
}

func conflict(format string, args ...any) error {
	return &Refusal{Code: fault.Invalid, Why: ErrConflict, Message: fmt.Sprintf(format, args...)}
}

func stale(what, id string) error {
	return &Refusal{Code: fault.Invalid, Why: ErrStale, Message: fmt.Sprintf("somebody else changed %s %q meanwhile: read it again", what, id)}
}

func badField(field, remedy, format string, args ...any) error {
	return &Refusal{Code: fault.Invalid, Why: ErrField, Field: field, Remedy: remedy, Message: fmt.Sprintf(format, args...)}
}

func unauthenticated(format string, args ...any) error {
	return &Refusal{Code: fault.Denied, Why: ErrUnauthenticated, Message: fmt.Sprintf(format, args...)}
}

func limited(after time.Duration, format string, args ...any) error {
	return &Refusal{Code: fault.RateLimited, After: after, Message: fmt.Sprintf(format, args...)}
}
