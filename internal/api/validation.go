package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gateway/internal/fault"
)

// translate turns the refusals that huma writes itself into the gateway's problem documents. Values are not echoed: they may
// be secrets.
func translate(_ huma.Context, _ string, body any) (any, error) {
	e, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := newProblem(e.Status, codeOf(e.Status), sentence(e.Detail))
	for _, detail := range e.Errors {
		if detail != nil {
			p.Errors = append(p.Errors, fieldProblem(detail))
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = "the request is not what this operation takes: " + p.Errors[0].String()
	}
	return p, nil
}

// String is the problem in one line.
func (f FieldProblem) String() string {
	if f.Field == "" {
		return f.Message
	}
	return f.Field + ": " + f.Message
}

func codeOf(status int) fault.Code {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case status == http.StatusRequestTimeout:
		return fault.Timeout
	case status >= http.StatusInternalServerError:
		return fault.Unavailable
	}
	return fault.Invalid
}

func sentence(detail string) string {
	if detail == "request body is required" {
		return "this operation takes a JSON body, and there is none"
	}
	return detail
}

// fieldProblem says at which field what is wrong, in the words of the rest of the gateway.
func fieldProblem(e *huma.ErrorDetail) FieldProblem {
	field := e.Location
	for _, prefix := range []string{"body.", "query.", "path.", "header."} {
		field = strings.TrimPrefix(field, prefix)
	}
	if field == "body" {
		field = ""
	}
	message := strings.Replace(e.Message, "expected length", "its length should be", 1)
	if rest, ok := strings.CutPrefix(message, "expected required property "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return FieldProblem{Field: strings.TrimPrefix(field+"."+name, "."), Message: "is missing"}
	}
	if strings.HasPrefix(message, "unexpected property") {
		return FieldProblem{Field: field, Message: "is not known"}
	}
	return FieldProblem{Field: field, Message: strings.Replace(message, "expected ", "should be ", 1)}
}
