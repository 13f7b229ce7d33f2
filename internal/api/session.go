package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
)

// Logins is what the resource session needs; *auth.Service is one.
type Logins interface {
	Claimed() bool
	Login(ctx context.Context, username, password string, from auth.Sender) (auth.Login, error)
	UserByID(id string) (auth.User, error)
	SessionByID(id string) (auth.Session, error)
	EndSession(id string) error
}

// SessionState is who the caller is and what it may do.
type SessionState struct {
	Authenticated bool                `json:"authenticated" doc:"Whether somebody is logged in, or a token was sent"`
	Claimed       bool                `json:"claimed" doc:"Whether the gateway has an owner; if not, set it up first"`
	User          *SessionUser        `json:"user,omitempty" doc:"Who is logged in; absent for tokens"`
	Principal     *SessionPrincipal   `json:"principal,omitempty" doc:"What the gateway takes the caller for; absent when it takes nobody"`
	Can           []access.Capability `json:"can" doc:"What the caller may do beyond topics" example:"[\"view\",\"publish\"]"`
	ExpiresAt     *time.Time          `json:"expires_at,omitempty" doc:"When the login ends if nothing is heard until then"`
}

// SessionUser is a person who is logged in.
type SessionUser struct {
	ID       string      `json:"id"`
	Username string      `json:"username"`
	Role     access.Role `json:"role" enum:"admin,operator,viewer"`
}

// SessionPrincipal is what stands behind a request.
type SessionPrincipal struct {
	Kind access.Kind `json:"kind" enum:"anonymous,user,token,device,local,system"`
	ID   string      `json:"id"`
	Role access.Role `json:"role" enum:"admin,operator,viewer,client,device"`
}

// Credentials are what a person types to log in.
type Credentials struct {
	Username string `json:"username" maxLength:"256" example:"ann"`
	Password string `json:"password" maxLength:"1024"`
}

type sessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      SessionState
}

type loginInput struct{ Body Credentials }

func (s *server) addSession() {
	add(s, operation{
		id: "getSession", method: http.MethodGet, path: "/api/v1/session", tag: "session", needs: open, summary: "Say who the caller is",
		description: "Never 401: it tells the page whether to ask for a password.",
	}, func(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
		return &sessionOutput{Body: s.sessionState(principalOf(ctx))}, nil
	})
	add(s, operation{
		id: "logIn", method: http.MethodPost, path: "/api/v1/session", tag: "session", needs: open, summary: "Log in",
		description: "Sets the cookie. A wrong name and a wrong password are refused alike.", status: http.StatusCreated,
		errors: []int{http.StatusTooManyRequests},
	}, s.logIn)
	add(s, operation{
		id: "logOut", method: http.MethodDelete, path: "/api/v1/session", tag: "session", needs: open, summary: "Log out",
		description: "Ends the login and its sockets. Without one it does nothing.", status: http.StatusNoContent,
	}, s.logOut)
}

func (s *server) logIn(ctx context.Context, in *loginInput) (*sessionOutput, error) {
	login, err := s.Identity.Login(ctx, in.Body.Username, in.Body.Password, senderOf(ctx))
	if err != nil {
		return nil, err
	}
	s.endLogin(ctx) // of whoever used this browser before
	return s.loggedIn(ctx, login), nil
}

// loggedIn is the answer that carries the cookie of a new login.
func (s *server) loggedIn(ctx context.Context, login auth.Login) *sessionOutput {
	cookie := auth.Cookie(requestOf(ctx), login.Secret)
	return &sessionOutput{SetCookie: []http.Cookie{*cookie}, Body: s.sessionState(login.Principal)}
}

type loggedOut struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (s *server) logOut(ctx context.Context, _ *struct{}) (*loggedOut, error) {
	s.endLogin(ctx)
	return &loggedOut{[]http.Cookie{*auth.Cookie(requestOf(ctx), "")}}, nil
}

func (s *server) endLogin(ctx context.Context) {
	if p := principalOf(ctx); p != nil && p.Session != "" {
		_ = s.Identity.EndSession(p.Session) // it may have ended this moment
	}
}

func senderOf(ctx context.Context) auth.Sender {
	r := requestOf(ctx)
	return auth.Sender{Address: r.RemoteAddr, Agent: r.UserAgent()}
}

func (s *server) sessionState(p *access.Principal) SessionState {
	state := SessionState{Claimed: s.Identity.Claimed(), Can: []access.Capability{}}
	if p == nil {
		return state
	}
	state.Authenticated = p.Kind != access.KindAnonymous
	state.Principal = &SessionPrincipal{p.Kind, p.ID, p.Role}
	state.Can = access.Capabilities(p)
	if p.Kind != access.KindUser {
		return state
	}
	if u, err := s.Identity.UserByID(p.ID); err == nil {
		state.User = &SessionUser{u.ID, u.Username, u.Role}
	}
	if x, err := s.Identity.SessionByID(p.Session); err == nil {
		state.ExpiresAt = &x.ExpiresAt
	}
	return state
}
