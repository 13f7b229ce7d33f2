package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
)

// Tokens is what the resource tokens needs; *auth.Service is one.
type Tokens interface {
	Tokens() []auth.Token
	TokenByID(id string) (auth.Token, error)
	AddToken(n auth.NewToken) (auth.Token, string, error)
	ChangeToken(id, revision string, c auth.TokenChange) (auth.Token, error)
	RemoveToken(id, revision string) error
}

// Token is the right of a program or a device to use the gateway, without its secret.
type Token struct {
	ID           string         `json:"id" doc:"Made from the name; it never changes" example:"kitchen-panel"`
	Name         string         `json:"name" example:"Kitchen panel"`
	Kind         auth.TokenKind `json:"kind" enum:"api,client,device" doc:"api: acts for a person, with a role. client: topics over MQTT, socket.io and REST. device: a board"`
	Role         access.Role    `json:"role" enum:"admin,operator,viewer,client,device"`
	Read         []string       `json:"read" doc:"Topic filters it may receive; {client.id} stands for the id"`
	Write        []string       `json:"write" doc:"Topic filters it may publish to"`
	ExpiresAt    *time.Time     `json:"expires_at,omitempty" doc:"Absent: never"`
	CreatedAt    time.Time      `json:"created_at"`
	CreatedBy    string         `json:"created_by" example:"user ann"`
	LastUsedAt   *time.Time     `json:"last_used_at,omitempty"`
	LastUsedFrom string         `json:"last_used_from,omitempty" example:"192.168.1.20"`
	Revision     string         `json:"revision"`
}

// TokenList is all tokens.
type TokenList struct {
	Items []Token `json:"items"`
}

// NewToken is a token to be made.
type NewToken struct {
	Name string         `json:"name" maxLength:"200" example:"Kitchen panel"`
	Kind auth.TokenKind `json:"kind" enum:"api,client,device"`
	Role access.Role    `json:"role,omitempty" enum:"admin,operator,viewer,client,device" doc:"Of an api token: admin, operator or viewer"`
	Read []string       `json:"read,omitempty" doc:"Absent: everything for a client, devices/{client.id}/# for a device" example:"[\"home/#\"]"`

	Write     []string   `json:"write,omitempty" doc:"As read"`
	ExpiresIn string     `json:"expires_in,omitempty" doc:"A duration like 720h or 30d; absent: never" example:"720h"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Instead of expires_in"`
}

// MadeToken is a token that has just been made, with its secret, which is nowhere to be had again.
type MadeToken struct {
	Token
	Secret string         `json:"secret"`
	Whole  string         `json:"token" doc:"id.secret, for Authorization: Bearer and socket.io's auth.token"`
	MQTT   MQTTCredential `json:"mqtt"`
}

// MQTTCredential is a token as MQTT wants it.
type MQTTCredential struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// TokenChange is what can be changed of a token; what is absent stays.
type TokenChange struct {
	Name      *string      `json:"name,omitempty" maxLength:"200"`
	Role      *access.Role `json:"role,omitempty" enum:"admin,operator,viewer,client,device"`
	Read      *[]string    `json:"read,omitempty"`
	Write     *[]string    `json:"write,omitempty"`
	ExpiresIn *string      `json:"expires_in,omitempty" doc:"From now on; never is an end to expiring" example:"never"`
	ExpiresAt *time.Time   `json:"expires_at,omitempty"`
}

type tokenListOutput struct{ Body TokenList }

type tokenOutput struct {
	ETag string `header:"ETag"`
	Body Token
}

type madeTokenOutput struct {
	ETag string `header:"ETag"`
	Body MadeToken
}

type tokenInput struct {
	ID string `path:"id"`
}

type newTokenInput struct{ Body NewToken }

type tokenChangeInput struct {
	ID string `path:"id"`
	IfMatch
	Body TokenChange
}

type tokenRemoval struct {
	ID string `path:"id"`
	IfMatch
}

func (s *server) addTokens() {
	const tag, path = "tokens", "/api/v1/tokens/{id}"
	conflicts := []int{http.StatusNotFound, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	add(s, operation{
		id: "listTokens", method: http.MethodGet, path: "/api/v1/tokens", tag: tag, needs: access.EditTokens, summary: "List the tokens",
	}, s.listTokens)
	add(s, operation{
		id: "addToken", method: http.MethodPost, path: "/api/v1/tokens", tag: tag, needs: access.EditTokens, summary: "Make a token",
		description: "The secret is in this answer and nowhere else.", status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, s.addToken)
	add(s, operation{
		id: "getToken", method: http.MethodGet, path: path, tag: tag, needs: access.EditTokens, summary: "Show a token",
		errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *tokenInput) (*tokenOutput, error) {
		return tokenAnswer(s.Identity.TokenByID(in.ID))
	})
	add(s, operation{
		id: "changeToken", method: http.MethodPatch, path: path, tag: tag, needs: access.EditTokens, summary: "Change a token",
		description: "It holds at once for whoever is connected with it.", errors: conflicts,
	}, s.changeToken)
	add(s, operation{
		id: "removeToken", method: http.MethodDelete, path: path, tag: tag, needs: access.EditTokens, summary: "Remove a token",
		description: "Whoever is connected with it is cut at once.", status: http.StatusNoContent, errors: conflicts,
	}, s.removeToken)
}

func tokenOf(t auth.Token) Token {
	out := Token(t)
	if out.Read == nil {
		out.Read = []string{}
	}
	if out.Write == nil {
		out.Write = []string{}
	}
	return out
}

func tokenAnswer(t auth.Token, err error) (*tokenOutput, error) {
	if err != nil {
		return nil, err
	}
	return &tokenOutput{etag(t.Revision), tokenOf(t)}, nil
}

func (s *server) listTokens(context.Context, *struct{}) (*tokenListOutput, error) {
	list := []Token{}
	for _, t := range s.Identity.Tokens() {
		list = append(list, tokenOf(t))
	}
	return &tokenListOutput{TokenList{list}}, nil
}

func (s *server) addToken(ctx context.Context, in *newTokenInput) (*madeTokenOutput, error) {
	n := in.Body
	expiresIn, err := lifetime(n.ExpiresIn)
	if err != nil {
		return nil, err
	}
	t, secret, err := s.Identity.AddToken(auth.NewToken{
		Name: n.Name, Kind: n.Kind, Role: n.Role, Read: n.Read, Write: n.Write, ExpiresAt: n.ExpiresAt, ExpiresIn: expiresIn,
		By: principalOf(ctx),
	})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, "a token was made", "token", t.ID, "kind", t.Kind)
	return &madeTokenOutput{etag(t.Revision), MadeToken{
		Token: tokenOf(t), Secret: secret, Whole: t.ID + "." + secret, MQTT: MQTTCredential{t.ID, secret},
	}}, nil
}

func (s *server) changeToken(ctx context.Context, in *tokenChangeInput) (*tokenOutput, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	c := auth.TokenChange{Name: in.Body.Name, Role: in.Body.Role, Read: in.Body.Read, Write: in.Body.Write}
	if in.Body.ExpiresAt != nil {
		c.ExpiresAt = &in.Body.ExpiresAt
	}
	if text := in.Body.ExpiresIn; text != nil {
		expiresIn, err := lifetime(*text)
		if err != nil {
			return nil, err
		}
		c.ExpiresIn = &expiresIn
	}
	t, err := s.Identity.ChangeToken(in.ID, revision, c)
	if err == nil {
		s.audit(ctx, "a token was changed", "token", t.ID)
	}
	return tokenAnswer(t, err)
}

func (s *server) removeToken(ctx context.Context, in *tokenRemoval) (*struct{}, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	if err := s.Identity.RemoveToken(in.ID, revision); err != nil {
		return nil, err
	}
	s.audit(ctx, "a token was removed", "token", in.ID)
	return nil, nil
}
