package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gateway/internal/access"
	"gateway/internal/auth"
	"gateway/internal/fault"
)

// Identity is who may use the gateway; *auth.Service is one.
type Identity interface {
	Logins
	Sessions
	Users
	Tokens
	Setup
}

// Setup is what the resource setup needs of [Identity].
type Setup interface {
	SetupCode(renew bool) (auth.SetupCode, error)
	CheckSetupCode(code string, from auth.Sender) error
	Claim(ctx context.Context, code, username, password string, from auth.Sender) (auth.Login, error)
}

// FirstRun is what the setup needs of the gateway itself.
type FirstRun interface {
	// About says what there is; Claimed is filled in by the API.
	About(ctx context.Context) SetupState
	// SetName keeps the gateway's name and time zone; empty ones stay as they are.
	SetName(ctx context.Context, name, timeZone string) error
	// CheckName refuses what SetName would.
	CheckName(name, timeZone string) error
}

// SetupState is what the page shows before anybody can log in.
type SetupState struct {
	Claimed      bool              `json:"claimed" doc:"Whether the gateway has an owner"`
	Name         string            `json:"name"`
	TimeZone     string            `json:"time_zone" example:"Europe/Berlin"`
	Version      string            `json:"version"`
	Demo         bool              `json:"demo"`
	Hostname     string            `json:"hostname,omitempty" doc:"Of the machine" example:"raspberrypi"`
	SocketIOPath string            `json:"socketio_path" doc:"Where socket.io answers, below the base path" example:"/socket.io/"`
	Listen       map[string]string `json:"listen" doc:"What listens where: http, https, mqtt, mqtt_tls, mqtt_websocket"`
	FoundBroker  string            `json:"found_broker,omitempty" doc:"Address of another MQTT broker on this machine" example:"127.0.0.1:1883"`
}

// Claim makes whoever has the setup code the owner.
type Claim struct {
	Code     string `json:"code" maxLength:"64" doc:"From the gateway's log, or gateway setup-code" example:"7QK2-M9XD"`
	Username string `json:"username" maxLength:"256" example:"ann"`
	Password string `json:"password" maxLength:"1024" doc:"At least 10 characters, and none of the most used"`
	Name     string `json:"name,omitempty" maxLength:"64" doc:"What to call the gateway"`
	TimeZone string `json:"time_zone,omitempty" maxLength:"64" example:"Europe/Berlin"`
}

// SetupCode proves to the gateway that somebody may read its output.
type SetupCode struct {
	Code      string    `json:"code" example:"7QK2-M9XD"`
	ExpiresAt time.Time `json:"expires_at"`
}

// SetupCodeRequest asks for the code.
type SetupCodeRequest struct {
	Renew bool `json:"renew,omitempty" doc:"Make a new one even if the old one is still good"`
}

type setupOutput struct{ Body SetupState }

type claimInput struct{ Body Claim }

type setupCodeInput struct{ Body SetupCodeRequest }

type setupCodeOutput struct{ Body SetupCode }

func (s *server) addSetup() {
	const tag = "setup"
	add(s, operation{
		id: "getSetup", method: http.MethodGet, path: "/api/v1/setup", tag: tag, needs: open, summary: "Say whether the gateway has an owner",
	}, s.getSetup)
	add(s, operation{
		id: "claim", method: http.MethodPost, path: "/api/v1/setup/claim", tag: tag, needs: open, summary: "Become the owner",
		description: "With the setup code, once. Makes the first admin, and logs it in.", status: http.StatusCreated,
		errors: []int{http.StatusConflict, http.StatusTooManyRequests},
	}, s.claim)
	add(s, operation{
		id: "setupCode", method: http.MethodPost, path: "/api/v1/setup/code", tag: tag, needs: access.EditSettings, summary: "Show the setup code",
		description: "Over the control socket only: it is for gateway setup-code.", errors: []int{http.StatusConflict},
	}, s.setupCode)
}

// addSetupRestore is apart from addSetup, since it needs the backups too.
func (s *server) addSetupRestore() {
	s.addRaw(operation{
		id: "setupRestore", method: http.MethodPost, path: "/api/v1/setup/restore", tag: "setup", needs: open,
		summary: "Take over everything from a backup", status: http.StatusAccepted,
		description: "With the setup code, instead of claiming. The backup is checked whole first; then the gateway restarts itself on it.",
		params:      []*huma.Param{query("code", huma.TypeString, "the setup code")},
		errors:      []int{http.StatusConflict, http.StatusTooManyRequests},
	}, backupType, Restarting{}, s.setupRestore)
}

func (s *server) setupRestore(w http.ResponseWriter, r *http.Request) {
	if err := s.Identity.CheckSetupCode(r.URL.Query().Get("code"), senderOf(r.Context())); err != nil {
		s.refuse(w, r, err)
		return
	}
	backup := s.takeBackup(w, r)
	err := s.Backups.Restore(r.Context(), backup)
	drain(backup)
	s.answer(w, r, http.StatusAccepted, Restarting{true}, err)
}

func (s *server) getSetup(ctx context.Context, _ *struct{}) (*setupOutput, error) {
	state := s.FirstRun.About(ctx)
	state.Claimed = s.Identity.Claimed()
	if !state.Claimed {
		_, _ = s.Identity.SetupCode(false) // whoever looks at this needs one that is good: it goes to the log
	}
	return &setupOutput{state}, nil
}

func (s *server) claim(ctx context.Context, in *claimInput) (*sessionOutput, error) {
	c := in.Body
	if err := s.FirstRun.CheckName(c.Name, c.TimeZone); err != nil {
		return nil, err
	}
	login, err := s.Identity.Claim(ctx, c.Code, c.Username, c.Password, senderOf(ctx))
	if err != nil {
		return nil, err
	}
	s.Logger.Info("the gateway was claimed", "by", login.Principal.String(), "from", senderOf(ctx).Address)
	if err := s.FirstRun.SetName(ctx, c.Name, c.TimeZone); err != nil {
		s.Logger.Warn("the gateway was claimed, but its name was not kept", "err", err)
	}
	return s.loggedIn(ctx, login), nil
}

func (s *server) setupCode(ctx context.Context, in *setupCodeInput) (*setupCodeOutput, error) {
	if principalOf(ctx).Kind != access.KindLocal {
		return nil, fault.New(fault.Denied, "the setup code is for whoever has the machine: run gateway setup-code there")
	}
	code, err := s.Identity.SetupCode(in.Body.Renew)
	if err != nil {
		return nil, err
	}
	return &setupCodeOutput{SetupCode(code)}, nil
}
