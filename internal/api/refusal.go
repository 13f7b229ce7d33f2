package api

import (
	"errors"
	"net/http"

	"gateway/internal/auth"
)

// refusalProblem is what a client gets to read of a refusal by internal/auth.
func refusalProblem(r *auth.Refusal) *Problem {
	p := newProblem(statusOf(r.Code), r.Code, r.Message)
	switch {
	case errors.Is(r.Why, auth.ErrNotFound):
		p.as(http.StatusNotFound)
	case errors.Is(r.Why, auth.ErrConflict):
		p.as(http.StatusConflict)
	case errors.Is(r.Why, auth.ErrStale):
		p.as(http.StatusPreconditionFailed)
	case errors.Is(r.Why, auth.ErrField):
		p.as(http.StatusUnprocessableEntity)
	case r.After > 0:
		return tooMany(r.After, "%s", r.Message)
	}
	if r.Field != "" {
		p.Errors = []FieldProblem{{Field: r.Field, Message: r.Message, Remedy: r.Remedy}}
	}
	return p
}
