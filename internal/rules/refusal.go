package rules

import (
	"errors"
	"fmt"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// What keeps a change from being made.
var (
	ErrNotFound = errors.New("it does not exist")
	ErrStale    = errors.New("somebody else changed it meanwhile")
	ErrConflict = errors.New("it does not go together with what there is")
	ErrProblems = errors.New("a rule has problems")
)

// Refusal is an error with a sentence for a person and, with ErrProblems, what is wrong at which field.
type Refusal struct {
	Why      error // one of the errors above
	Message  string
	Problems []mapping.Problem
}

// Error returns the sentence.
func (r *Refusal) Error() string { return r.Message }

// Unwrap returns the reason and a *fault.Error with code invalid.
func (r *Refusal) Unwrap() []error {
	return []error{&fault.Error{Code: fault.Invalid, Message: r.Message}, r.Why}
}

func notFound(what, id string) error {
	return &Refusal{Why: ErrNotFound, Message: fmt.Sprintf("there is no %s %q", what, id)}
}

func stale(name string) error {
	return &Refusal{Why: ErrStale, Message: fmt.Sprintf("somebody else changed %s meanwhile: read it again", name)}
}

func conflict(format string, args ...any) error {
	return &Refusal{Why: ErrConflict, Message: fmt.Sprintf(format, args...)}
}

func withProblems(problems []mapping.Problem) error {
	return &Refusal{Why: ErrProblems, Message: problems[0].String(), Problems: problems}
}
