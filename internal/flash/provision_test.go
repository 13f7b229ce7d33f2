package flash_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	built "gateway/firmware"
	"gateway/internal/device"
	"gateway/internal/flash"
	"gateway/pkg/mapping"
)

func names(k flash.Kit) (list []string) {
	for _, f := range k.Files {
		list = append(list, f.Path)
	}
	return list
}

func content(t *testing.T, k flash.Kit, path string) []byte {
	t.Helper()
	for _, f := range k.Files {
		if f.Path == path {
			return f.Data
		}
	}
	t.Fatalf("there is no %s among %q", path, names(k))
	return nil
}

func TestAKitIsAllThatABoardNeeds(t *testing.T) {
	p := provisioner(t)
	k, err := p.Provision(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/a/lib/x.py", "/a/app.py", "/a/bundle.json", "/cfg.json", "/main.py"} // main.py last: it starts the rest
	if got := names(k); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	var c struct {
		ID, Key string
		URLs    []string
		WiFi    [][]string
	}
	if err := json.Unmarshal(content(t, k, "/cfg.json"), &c); err != nil {
		t.Fatal(err)
	}
	if c.ID != "lamp" || len(c.Key) != 64 || !slices.Equal(c.URLs, []string{"http://192.168.1.20:8090"}) || !slices.Equal(c.WiFi[0], []string{"home", password}) {
		t.Errorf("cfg.json is %+v", c)
	}
	if b, err := p.Boards.Board("lamp"); err != nil || b.Name != "Lamp" || b.State != device.Never {
		t.Errorf("the board is %+v, %v", b, err)
	}
	if s := k.Suggestion; s.Topic != "devices/lamp/{event...}" || s.Namespace != "/lamp" || k.Version != "v1" {
		t.Errorf("suggestion %+v, version %s", s, k.Version)
	}
	if !slices.Contains(k.Secrets, c.Key) || !slices.Contains(k.Secrets, password) {
		t.Error("the kit does not say what is secret in it")
	}
}

func TestWhatAnAttemptLeftIsUsedAgain(t *testing.T) {
	p := provisioner(t)
	provision := func(o flash.Order) flash.Kit {
		k, err := p.Provision(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := provision(order())
	again := provision(order())
	if again.Board.ID != "lamp" || len(p.Boards.Boards()) != 1 {
		t.Errorf("the second attempt made %s; there are %d boards", again.Board.ID, len(p.Boards.Boards()))
	}
	if slices.Equal(first.Secrets, again.Secrets) {
		t.Error("the key of the attempt before is still good")
	}
	other := order()
	other.Name = "Another"
	other.ID = "attic"
	if k := provision(other); k.Board.ID != "attic" {
		t.Errorf("made %s instead of attic", k.Board.ID)
	}
	other.Name = "Third"
	if k := provision(other); k.Board.ID != "attic" || k.Board.Name != "Another" || len(p.Boards.Boards()) != 2 {
		t.Errorf("the board that is there was not taken: %+v", k.Board)
	}
}

func TestOrdersThatAreRefusedMakeNoBoard(t *testing.T) {
	p := provisioner(t)
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		change func(*flash.Order)
		field  string
	}{
		"no template":          {func(o *flash.Order) { o.Template = "nothing" }, "template"},
		"no name":              {func(o *flash.Order) { o.Name = " " }, "name"},
		"a bad id":             {func(o *flash.Order) { o.ID = "A b" }, "id"},
		"a short password":     {func(o *flash.Order) { o.Password = text("short") }, "wifi.password"},
		"a long password":      {func(o *flash.Order) { o.Password = text(strings.Repeat("x", 65)) }, "wifi.password"},
		"a password not kept":  {func(o *flash.Order) { o.Password = nil }, "wifi.password"},
		"a long ssid":          {func(o *flash.Order) { o.SSID = strings.Repeat("x", 33) }, "wifi.ssid"},
		"no address":           {func(o *flash.Order) { o.Address = "gateway.local" }, "address"},
		"another protocol":     {func(o *flash.Order) { o.Address = "mqtt://gateway.local" }, "address"},
		"an address with more": {func(o *flash.Order) { o.Address = "http://me:secret@gateway.local" }, "address"},
	} {
		o := order()
		c.change(&o)
		_, err := p.Provision(t.Context(), o)
		var r *device.Refused
		if !errors.As(err, &r) || r.Field != c.field {
			t.Errorf("%s: %v, want a refusal of %s", name, err, c.field)
		}
	}
	if n := len(p.Boards.Boards()); n != 0 {
		t.Errorf("%d boards were made", n)
	}
}

func TestAKeptWiFiNeedsNoPassword(t *testing.T) {
	p := provisioner(t)
	if err := p.WiFi.Keep("home", password); err != nil {
		t.Fatal(err)
	}
	o := order()
	o.Password = nil
	k, err := p.Provision(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if cfg := content(t, k, "/cfg.json"); !strings.Contains(string(cfg), password) {
		t.Errorf("cfg.json is %s", cfg)
	}
	o.SSID = "another"
	if _, err := p.Provision(t.Context(), o); err == nil {
		t.Error("the password of one network was given to another")
	}
}

func TestAnOpenNetworkAndNone(t *testing.T) {
	p := provisioner(t)
	o := order()
	empty := ""
	o.Password = &empty
	k, err := p.Provision(t.Context(), o)
	if err != nil || !strings.Contains(string(content(t, k, "/cfg.json")), `"wifi":[["home",""]]`) {
		t.Errorf("open: %v", err)
	}
	o.SSID, o.Password = "", nil
	k, err = p.Provision(t.Context(), o)
	if err != nil || !strings.Contains(string(content(t, k, "/cfg.json")), `"wifi":[]`) {
		t.Errorf("none: %v", err)
	}
}

// TestTemplatesOfTheFirmware reads what people get to see of the examples.
func TestTemplatesOfTheFirmware(t *testing.T) {
	list, err := flash.Templates(built.Sources(), built.FS())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 4 || list[0].Name != flash.Agent {
		t.Fatalf("templates %+v", list)
	}
	for _, tt := range list {
		if tt.Title == "" || tt.Text == "" || len(tt.Topics) == 0 || strings.Contains(tt.Text, "mosquitto") || strings.Contains(tt.Text, "\n") {
			t.Errorf("%+v", tt)
		}
		if tt.Name != flash.Agent && tt.Wiring == "" {
			t.Errorf("%s has no wiring", tt.Name)
		}
	}
	lamp := list[slices.IndexFunc(list, func(t flash.Template) bool { return t.Name == "lamp" })]
	if lamp.Title != "Alert lamp" || !slices.Contains(lamp.Topics, "devices/{id}/alert") || !strings.HasPrefix(lamp.Wiring, "red D5") {
		t.Errorf("lamp: %+v", lamp)
	}
}

// TestTheSuggestedMappingStands compiles it: a page may make it as it is.
func TestTheSuggestedMappingStands(t *testing.T) {
	for _, id := range []string{"lamp", "mqtt", "devices", "admin", "a-1"} {
		p := provisioner(t)
		o := order()
		o.ID = id
		k, err := p.Provision(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		s := k.Suggestion
		_, err = mapping.Compile([]mapping.Rule{{Name: id, Topic: s.Topic, Namespace: s.Namespace, Event: s.Event, Direction: mapping.Direction(s.Direction)}})
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
