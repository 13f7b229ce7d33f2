package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a container from scratch has no zones of its own; 450 KB

	"gateway/internal/access"
	"gateway/internal/api"
	"gateway/internal/config"
	"gateway/internal/fault"
	"gateway/pkg/store"
)

const (
	settingsBucket = "settings"
	settingsKey    = "gateway"
	maxName        = 64 // bytes
)

// settings are what people set in the page: the gateway's name, over that of the config file, and its time zone.
type settings struct {
	store   *store.Store
	config  *config.Config
	changed func(revision string)

	mu  sync.Mutex
	set storedSettings
}

// storedSettings is the record; what is empty was never set.
type storedSettings struct {
	Name     string `json:"name"`
	TimeZone string `json:"time_zone"`
	Changes  uint64 `json:"changes"` // the revision
}

func (g *gateway) makeSettings() error {
	g.settings = &settings{store: g.store, config: g.config, changed: func(revision string) { g.changed("settings", "", revision) }}
	data, found, err := g.store.GetRecord(settingsBucket, settingsKey)
	if err != nil || !found {
		return err
	}
	if err := json.Unmarshal(data, &g.settings.set); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}

// Settings implements [api.SettingsService].
func (s *settings) Settings() api.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings()
}

func (s *settings) settings() api.Settings {
	out := api.Settings{Name: s.name(), TimeZone: s.zone(), Revision: s.revision(), Config: []api.ConfigSetting{}}
	for _, e := range s.config.Effective {
		out.Config = append(out.Config, api.ConfigSetting(e))
	}
	return out
}

func (s *settings) name() string {
	if s.set.Name != "" {
		return s.set.Name
	}
	return s.config.Name
}

func (s *settings) zone() string {
	if s.set.TimeZone != "" {
		return s.set.TimeZone
	}
	return systemZone()
}

func (s *settings) revision() string { return fmt.Sprint(s.set.Changes) }

// Set implements [api.SettingsService].
func (s *settings) Set(_ *access.Principal, revision string, change api.SettingsChange) (api.Settings, error) {
	if err := checkSettings(change.Name, change.TimeZone); err != nil {
		return api.Settings{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if revision != "*" && revision != s.revision() {
		return api.Settings{}, api.Stale()
	}
	err := s.put(storedSettings{change.Name, change.TimeZone, s.set.Changes + 1})
	return s.settings(), err
}

// put writes the record before it is in force.
func (s *settings) put(next storedSettings) error {
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := s.store.PutRecord(settingsBucket, settingsKey, data); err != nil {
		return fault.New(fault.Unavailable, "the settings could not be written: %w", err)
	}
	s.set = next
	s.changed(s.revision())
	return nil
}

// CheckName refuses what SetName would. Empty ones stay as they are.
func (f *firstRun) CheckName(name, zone string) error {
	return checkSettings(orElse(name, "a"), orElse(zone, "UTC"))
}

// SetName keeps what the first person here has said.
func (f *firstRun) SetName(_ context.Context, name, zone string) error {
	if err := f.CheckName(name, zone); err != nil {
		return err
	}
	s := f.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(storedSettings{orElse(name, s.set.Name), orElse(zone, s.set.TimeZone), s.set.Changes + 1})
}

func checkSettings(name, zone string) error {
	var wrong []api.FieldProblem
	if name == "" || len(name) > maxName || strings.ContainsAny(name, "/+#\x00") || name != strings.TrimSpace(name) {
		wrong = append(wrong, api.FieldProblem{
			Field: "name", Message: "is no name for a gateway", Remedy: "use 1 to 64 characters without /, + and #",
		})
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		wrong = append(wrong, api.FieldProblem{
			Field: "time_zone", Message: fmt.Sprintf("%q is no time zone", zone), Remedy: "use a name like Europe/Berlin, or UTC",
		})
	}
	if len(wrong) == 0 {
		return nil
	}
	return api.InvalidFields(wrong...)
}

// systemZone is the machine's time zone by its name, UTC where it does not say.
func systemZone() string {
	candidates := []string{strings.TrimPrefix(os.Getenv("TZ"), ":")}
	if data, err := os.ReadFile("/etc/timezone"); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(data)))
	}
	if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		_, name, _ := strings.Cut(target, "zoneinfo/")
		candidates = append(candidates, name)
	}
	for _, name := range candidates {
		if _, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
			return name
		}
	}
	return "UTC"
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
