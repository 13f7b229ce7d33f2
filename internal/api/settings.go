package api

import (
	"context"
	"net/http"

	"gateway/internal/access"
)

// SettingsService keeps what people set over the API. Set returns the stored settings, or a *Problem's worth of error.
type SettingsService interface {
	Settings() Settings
	// Set changes the name and the time zone, provided that revision is the newest.
	Set(by *access.Principal, revision string, change SettingsChange) (Settings, error)
}

// Settings are what is in force.
type Settings struct {
	Name     string          `json:"name" doc:"What this gateway is called"`
	TimeZone string          `json:"time_zone" doc:"IANA name of the zone that times are shown in" example:"Europe/Berlin"`
	Revision string          `json:"revision"`
	Config   []ConfigSetting `json:"config" doc:"What file, environment and command line say; changed there, and only there"`
}

// ConfigSetting is one key of the configuration. None of these holds a secret.
type ConfigSetting struct {
	Key     string `json:"key" example:"http.listen"`
	Value   string `json:"value" doc:"In force, as TOML"`
	Default string `json:"default" doc:"As TOML"`
	Source  string `json:"source" enum:"default,file,env,flag"`
}

// SettingsChange is what can be set.
type SettingsChange struct {
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	TimeZone string `json:"time_zone" minLength:"1" maxLength:"64" example:"Europe/Berlin"`
}

type settingsOutput struct {
	ETag string `header:"ETag"`
	Body Settings
}

type settingsInput struct {
	IfMatch
	Body SettingsChange
}

func (s *server) addSettings() {
	answer := func(v Settings) *settingsOutput { return &settingsOutput{etag(v.Revision), v} }
	add(s, operation{
		id: "getSettings", method: http.MethodGet, path: "/api/v1/settings", tag: "gateway", needs: access.View, summary: "Read the settings",
	}, func(context.Context, *struct{}) (*settingsOutput, error) { return answer(s.Settings.Settings()), nil })
	add(s, operation{
		id: "putSettings", method: http.MethodPut, path: "/api/v1/settings", tag: "gateway", needs: access.EditSettings,
		summary: "Change name and time zone", errors: []int{http.StatusPreconditionFailed, http.StatusPreconditionRequired},
	}, func(ctx context.Context, in *settingsInput) (*settingsOutput, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		v, err := s.Settings.Set(principalOf(ctx), revision, in.Body)
		return answer(v), err
	})
}
