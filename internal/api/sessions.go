package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
)

// Sessions is what the resource sessions needs; *auth.Service is one.
type Sessions interface {
	Sessions(user string) []auth.Session
	SessionByID(id string) (auth.Session, error)
	EndSession(id string) error
}

// Session is one login of a person.
type Session struct {
	ID         string    `json:"id"`
	UserID     string    `json:"user_id"`
	Username   string    `json:"username"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at" doc:"When it ends if nothing is heard until then"`
	Address    string    `json:"address" doc:"Where it logged in from" example:"192.168.1.7"`
	Agent      string    `json:"agent" doc:"What the browser called itself"`
	Current    bool      `json:"current" doc:"Whether it is the caller's own"`
}

// SessionList is the logins that the caller may see.
type SessionList struct {
	Items []Session `json:"items"`
}

type sessionListOutput struct{ Body SessionList }

type sessionInput struct {
	ID string `path:"id"`
}

func (s *server) addSessions() {
	add(s, operation{
		id: "listSessions", method: http.MethodGet, path: "/api/v1/sessions", tag: "users", needs: access.View, summary: "List logins",
		description: "One's own; whoever may change users sees everybody's.",
	}, func(ctx context.Context, _ *struct{}) (*sessionListOutput, error) {
		return &sessionListOutput{SessionList{s.sessionsFor(principalOf(ctx))}}, nil
	})
	add(s, operation{
		id: "endSession", method: http.MethodDelete, path: "/api/v1/sessions/{id}", tag: "users", needs: access.View, summary: "End a login",
		description: "Its sockets close at once.", status: http.StatusNoContent, errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *sessionInput) (*struct{}, error) {
		x, err := s.Identity.SessionByID(in.ID)
		if err != nil || !seesLogin(principalOf(ctx), x) {
			return nil, notFound("session", in.ID)
		}
		return nil, s.Identity.EndSession(in.ID)
	})
}

func (s *server) sessionsFor(p *access.Principal) []Session {
	list := []Session{}
	for _, x := range s.Identity.Sessions("") {
		if seesLogin(p, x) {
			list = append(list, Session{
				ID: x.ID, UserID: x.UserID, Username: x.Username, CreatedAt: x.CreatedAt, LastSeenAt: x.LastSeenAt, ExpiresAt: x.ExpiresAt,
				Address: x.Address, Agent: x.Agent, Current: x.ID == p.Session,
			})
		}
	}
	return list
}

func seesLogin(p *access.Principal, x auth.Session) bool {
	return access.Can(p, access.EditUsers) || p.Kind == access.KindUser && p.ID == x.UserID
}
