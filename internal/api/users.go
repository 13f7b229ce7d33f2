package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/auth"
)

// Users is what the resource users needs; *auth.Service is one.
type Users interface {
	Users() []auth.User
	UserByID(id string) (auth.User, error)
	AddUser(ctx context.Context, username, password string, role access.Role) (auth.User, error)
	SetRole(id, revision string, role access.Role) (auth.User, error)
	RemoveUser(id, revision string) error
	SetPassword(ctx context.Context, id, password string, now *string, keep string) error
}

// User is a person who may log in.
type User struct {
	ID          string      `json:"id" doc:"The user name in lower case; it never changes" example:"ann"`
	Username    string      `json:"username" example:"Ann"`
	Role        access.Role `json:"role" enum:"admin,operator,viewer"`
	CreatedAt   time.Time   `json:"created_at"`
	LastLoginAt *time.Time  `json:"last_login_at,omitempty"`
	Revision    string      `json:"revision"`
}

// UserList is all users.
type UserList struct {
	Items []User `json:"items"`
}

// NewUser is a user to be made.
type NewUser struct {
	Username string      `json:"username" maxLength:"256"`
	Password string      `json:"password" maxLength:"1024" doc:"At least 10 characters, and none of the most used"`
	Role     access.Role `json:"role" enum:"admin,operator,viewer"`
}

// UserChange is what can be changed of a user.
type UserChange struct {
	Role access.Role `json:"role" enum:"admin,operator,viewer"`
}

// NewPassword is a password to be set.
type NewPassword struct {
	Password string  `json:"password" maxLength:"1024" doc:"At least 10 characters, and none of the most used"`
	Current  *string `json:"current,omitempty" maxLength:"1024" doc:"The password until now; needed for one's own"`
}

type userListOutput struct{ Body UserList }

type userOutput struct {
	ETag string `header:"ETag"`
	Body User
}

type userInput struct {
	ID string `path:"id"`
}

type newUserInput struct{ Body NewUser }

type userChangeInput struct {
	ID string `path:"id"`
	IfMatch
	Body UserChange
}

type userRemoval struct {
	ID string `path:"id"`
	IfMatch
}

type passwordInput struct {
	ID   string `path:"id"`
	Body NewPassword
}

func (s *server) addUsers() {
	const tag, path = "users", "/api/v1/users/{id}"
	conflicts := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	add(s, operation{
		id: "listUsers", method: http.MethodGet, path: "/api/v1/users", tag: tag, needs: access.EditUsers, summary: "List the users",
	}, s.listUsers)
	add(s, operation{
		id: "addUser", method: http.MethodPost, path: "/api/v1/users", tag: tag, needs: access.EditUsers, summary: "Make a user",
		status: http.StatusCreated, errors: []int{http.StatusConflict, http.StatusTooManyRequests},
	}, s.addUser)
	add(s, operation{
		id: "getUser", method: http.MethodGet, path: path, tag: tag, needs: access.EditUsers, summary: "Show a user",
		errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *userInput) (*userOutput, error) {
		return userAnswer(s.Identity.UserByID(in.ID))
	})
	add(s, operation{
		id: "changeUser", method: http.MethodPatch, path: path, tag: tag, needs: access.EditUsers, summary: "Change the role of a user",
		description: "It holds at once for those who are logged in. The last admin stays one.", errors: conflicts,
	}, s.changeUser)
	add(s, operation{
		id: "removeUser", method: http.MethodDelete, path: path, tag: tag, needs: access.EditUsers, summary: "Remove a user",
		description: "Ends all logins of the user. The last admin cannot be removed.", status: http.StatusNoContent, errors: conflicts,
	}, s.removeUser)
	add(s, operation{
		id: "setPassword", method: http.MethodPost, path: path + "/password", tag: tag, needs: known, summary: "Set a password",
		description: "One's own, with the current one; or anybody's, for whoever may change users. All other logins of the user end.",
		status:      http.StatusNoContent, errors: []int{http.StatusNotFound, http.StatusTooManyRequests},
	}, s.setPassword)
}

func userAnswer(u auth.User, err error) (*userOutput, error) {
	if err != nil {
		return nil, err
	}
	return &userOutput{etag(u.Revision), User(u)}, nil
}

func (s *server) listUsers(context.Context, *struct{}) (*userListOutput, error) {
	list := []User{}
	for _, u := range s.Identity.Users() {
		list = append(list, User(u))
	}
	return &userListOutput{UserList{list}}, nil
}

func (s *server) addUser(ctx context.Context, in *newUserInput) (*userOutput, error) {
	u, err := s.Identity.AddUser(ctx, in.Body.Username, in.Body.Password, in.Body.Role)
	if err == nil {
		s.audit(ctx, "a user was made", "user", u.ID, "role", u.Role)
	}
	return userAnswer(u, err)
}

func (s *server) changeUser(ctx context.Context, in *userChangeInput) (*userOutput, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	u, err := s.Identity.SetRole(in.ID, revision, in.Body.Role)
	if err == nil {
		s.audit(ctx, "a user has another role", "user", u.ID, "role", u.Role)
	}
	return userAnswer(u, err)
}

func (s *server) removeUser(ctx context.Context, in *userRemoval) (*struct{}, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	if err := s.Identity.RemoveUser(in.ID, revision); err != nil {
		return nil, err
	}
	s.audit(ctx, "a user was removed", "user", in.ID)
	return nil, nil
}

func (s *server) setPassword(ctx context.Context, in *passwordInput) (*struct{}, error) {
	p := principalOf(ctx)
	own := p.Kind == access.KindUser && p.ID == in.ID
	switch {
	case !own && !access.Can(p, access.EditUsers):
		return nil, notAllowed(p, access.EditUsers)
	case own && in.Body.Current == nil:
		return nil, invalidFields("changing your own password needs the current one", FieldProblem{Field: "current", Message: "is missing"})
	}
	now := in.Body.Current
	if !own {
		now = nil
	}
	if err := s.Identity.SetPassword(ctx, in.ID, in.Body.Password, now, p.Session); err != nil {
		return nil, err
	}
	s.audit(ctx, "a password was set", "user", in.ID)
	return nil, nil
}

// audit logs who changed what of who may use the gateway.
func (s *server) audit(ctx context.Context, what string, attrs ...any) {
	s.Logger.Info(what, append(attrs, "by", principalOf(ctx).String())...)
}
