package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
)

// The states of a [Check], and of the gateway as a whole.
const (
	StateOK   = "ok"
	StateWarn = "warn" // it works, and will not for long, or not for everybody
	StateBad  = "bad"  // something is lost or does not work
)

// Health says whether all is well, and if not, what to do.
type Health struct {
	State   string  `json:"state" enum:"ok,warn,bad" doc:"The worst of the checks"`
	Summary string  `json:"summary" doc:"One sentence" example:"all well"`
	Checks  []Check `json:"checks" doc:"The worst first"`
}

// Check is one thing that was looked at.
type Check struct {
	ID     string     `json:"id" doc:"Stable" example:"link:house"`
	State  string     `json:"state" enum:"ok,warn,bad"`
	Title  string     `json:"title" doc:"What is the matter, in a few words"`
	Cause  string     `json:"cause,omitempty" doc:"Why"`
	Remedy string     `json:"remedy,omitempty" doc:"What to do"`
	Since  *time.Time `json:"since,omitempty"`
	Href   string     `json:"href,omitempty" doc:"Path of the page where it is put right, below the base path" example:"links/house"`
}

type healthOutput struct{ Body Health }

func (s *server) addHealth() {
	add(s, operation{
		id: "getHealth", method: http.MethodGet, path: "/api/v1/health", tag: "gateway", needs: access.View,
		summary: "Ask whether all is well", description: "For machines that only want to know whether it serves there are /healthz and /readyz.",
	}, func(context.Context, *struct{}) (*healthOutput, error) { return &healthOutput{s.Health()}, nil })
}
