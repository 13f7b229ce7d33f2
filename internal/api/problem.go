package api

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gateway/internal/auth"
	"gateway/internal/fault"
)

// Problem is the body of every refusal: an RFC 9457 problem document, with the gateway's own code in it.
type Problem struct {
	Type   string         `json:"type" doc:"Always about:blank: code tells problems apart" example:"about:blank"`
	Title  string         `json:"title" doc:"The status in words" example:"Not Found"`
	Status int            `json:"status" doc:"The HTTP status" example:"404"`
	Code   fault.Code     `json:"code" enum:"denied,invalid,too_large,rate_limited,offline,timeout,unavailable" doc:"Stable name of the reason"`
	Detail string         `json:"detail" doc:"One sentence for a person"`
	Errors []FieldProblem `json:"errors,omitempty" doc:"What is wrong with which field"`

	header http.Header // sent along
}

// FieldProblem is one thing that is wrong with what was sent.
type FieldProblem struct {
	Field   string `json:"field" doc:"Path of the field in the body, or name of the parameter" example:"rule.topic"`
	Message string `json:"message" doc:"What is wrong"`
	Remedy  string `json:"remedy,omitempty" doc:"What to do about it"`
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status; huma asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns headers to send along; huma asks for them.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType makes JSON a problem document; huma asks for it.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func (p *Problem) as(status int) {
	p.Status, p.Title = status, http.StatusText(status)
}

func newProblem(status int, code fault.Code, detail string) *Problem {
	p := &Problem{Type: "about:blank", Code: code, Detail: detail}
	p.as(status)
	return p
}

// problemOf makes a problem document of any error. What is no [fault.Error], no [auth.Refusal] and no Problem gives nothing internal away.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var refusal *auth.Refusal
	if errors.As(err, &refusal) {
		return refusalProblem(refusal)
	}
	code := fault.CodeOf(err)
	return newProblem(statusOf(code), code, fault.MessageOf(err))
}

// invalid is a refusal with code invalid and a status of its own: 404, 409, 412, 422.
func invalid(status int, format string, args ...any) *Problem {
	return newProblem(status, fault.Invalid, fault.New(fault.Invalid, format, args...).Message)
}

// notFound is for a resource that is not there.
func notFound(what, name string) *Problem {
	return invalid(http.StatusNotFound, "there is no %s %q", what, name)
}

// invalidFields is for a body that was understood and is wrong.
func invalidFields(detail string, fields ...FieldProblem) *Problem {
	p := invalid(http.StatusUnprocessableEntity, "%s", detail)
	p.Errors = fields
	return p
}

// InvalidFields is what a service answers to values that are wrong.
func InvalidFields(fields ...FieldProblem) error {
	lines := make([]string, len(fields))
	for i, f := range fields {
		lines[i] = f.String()
	}
	return invalidFields(strings.Join(lines, "; "), fields...)
}

// NotFound is what a service answers for a thing that is not there.
func NotFound(what, name string) error { return notFound(what, name) }

// Missing is what a service answers for what is not there, in words of its own.
func Missing(format string, args ...any) error { return invalid(http.StatusNotFound, format, args...) }

// Conflict is what a service answers to what does not go together with what there is.
func Conflict(format string, args ...any) error { return invalid(http.StatusConflict, format, args...) }

// Unusable is what a service answers to a body that was understood and cannot be used.
func Unusable(format string, args ...any) error {
	return invalid(http.StatusUnprocessableEntity, format, args...)
}

// tooMany asks a client to come back after a while.
func tooMany(after time.Duration, format string, args ...any) *Problem {
	p := problemOf(fault.New(fault.RateLimited, format, args...))
	p.header = http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(max(after.Seconds(), 1))))}}
	return p
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Denied:
		return http.StatusForbidden
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Timeout:
		return http.StatusGatewayTimeout
	default:
		return http.StatusServiceUnavailable
	}
}

func writeProblem(w http.ResponseWriter, err error) {
	p := problemOf(err)
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemType)
	writeJSON(w, p.Status, p)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the status is out; a client that has gone needs no error
}
