package api

import (
	"encoding/json"
	"net/http"

	"gateway/internal/fault"
)

// problem is an RFC 9457 problem document, with the gateway's own code in it.
type problem struct {
	Type   string     `json:"type"`
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Detail string     `json:"detail"`
	Code   fault.Code `json:"code"`
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
	code := fault.CodeOf(err)
	status := statusOf(code)
	w.Header().Set("Content-Type", "application/problem+json")
	writeJSON(w, status, problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fault.MessageOf(err), Code: code,
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the status is out; a client that has gone needs no error
}
