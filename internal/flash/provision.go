package flash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"gateway/internal/device"
	"gateway/internal/fault"
)

// Provisioner makes boards. It implements [Gateway].
type Provisioner struct {
	Boards    *device.Service
	Bundle    *device.Bundle // what every board runs; nil: this gateway was built without
	Main      []byte         // main.py
	Templates []Template
	WiFi      *WiFi // what is kept; nil: nothing
	// Addresses are where a board can find the gateway, best first, when nobody says. here is the URL by which whoever ordered has reached it.
	Addresses func(here string) []string
}

// NewProvisioner reads the firmware: sources and compiled are as package firmware has them.
func NewProvisioner(sources, compiled fs.FS) (*Provisioner, error) {
	main, err := fs.ReadFile(sources, "main.py")
	if err != nil {
		return nil, fmt.Errorf("firmware: %w", err)
	}
	list, err := Templates(sources, compiled)
	if err != nil {
		return nil, err
	}
	bundle, err := device.ReadBuiltin(compiled)
	if err != nil {
		return nil, err
	}
	return &Provisioner{Main: main, Templates: list, Bundle: bundle, Addresses: func(string) []string { return nil }}, nil
}

// Check refuses an order that cannot be fulfilled, before anything is done.
func (p *Provisioner) Check(o Order) error {
	if p.Bundle == nil {
		return fault.New(fault.Unavailable, "this gateway was built without the firmware of boards: build it with `make build`")
	}
	if p.template(o.Template) == nil {
		return badField("template", "there is no template %q", o.Template)
	}
	if strings.TrimSpace(o.Name) == "" {
		return badField("name", "a board needs a name")
	}
	if _, err := p.network(o); err != nil {
		return err
	}
	_, err := p.addresses(o)
	return err
}

// Provision implements [Gateway].
func (p *Provisioner) Provision(_ context.Context, o Order) (Kit, error) {
	return p.provision(o, func(string) bool { return false })
}

// provision makes a kit. A board that is in the making elsewhere keeps its key.
func (p *Provisioner) provision(o Order, making func(id string) bool) (Kit, error) {
	if err := p.Check(o); err != nil {
		return Kit{}, err
	}
	network, err := p.network(o)
	if err != nil {
		return Kit{}, err
	}
	urls, err := p.addresses(o)
	if err != nil {
		return Kit{}, err
	}
	b, key, err := p.board(o, making)
	if err != nil {
		return Kit{}, err
	}
	k := Kit{Board: b, Version: p.Bundle.Version, Address: urls[0], Secrets: []string{key}, Suggestion: suggestion(b.ID)}
	if len(network) > 0 {
		k.Secrets = append(k.Secrets, network[0][1])
	}
	config, err := json.Marshal(struct {
		ID   string      `json:"id"`
		Key  string      `json:"key"`
		URLs []string    `json:"urls"`
		WiFi [][2]string `json:"wifi"`
	}{b.ID, key, urls, network})
	if err != nil {
		return Kit{}, fmt.Errorf("the board's config: %w", err)
	}
	k.Files = p.files(p.template(o.Template), config)
	return k, nil
}

// files are everything for a board. main.py is the last: until it is there, a board stays in its REPL.
func (p *Provisioner) files(t *Template, config []byte) []File {
	var list []File
	for _, f := range p.Bundle.Files {
		list = append(list, File{"/a/" + f.Name, f.SHA256, f.Data})
	}
	list = append(list, File{"/a/" + t.app.Path, t.app.SHA256, t.app.Data})
	version := fmt.Sprintf(`{"version": %q}`, p.Bundle.Version)
	return append(list, file("/a/bundle.json", []byte(version)), file("/cfg.json", config), file("/main.py", p.Main))
}

func file(path string, data []byte) File {
	sum := sha256.Sum256(data)
	return File{path, hex.EncodeToString(sum[:]), data}
}

// board makes one, or gives one that is there another key: that of the id, or one of the name that has never been there, which an
// attempt before has left.
func (p *Provisioner) board(o Order, making func(id string) bool) (device.Board, string, error) {
	id := o.ID
	if id != "" && making(id) {
		return device.Board{}, "", conflict("%s is in the making by another job: wait for its end, or choose another id", id)
	}
	for _, b := range p.Boards.Boards() {
		if id == "" && b.State == device.Never && b.By == "key" && b.Name == strings.TrimSpace(o.Name) && !making(b.ID) {
			id = b.ID
		}
	}
	if id != "" && p.Boards.Has(id) {
		return p.Boards.NewKey(id, "*")
	}
	return p.Boards.Add(id, o.Name, o.By)
}

// Online implements [Gateway].
func (p *Provisioner) Online(ctx context.Context, id string) (Hello, error) {
	return Await(ctx, func(context.Context) (device.Board, error) { return p.Boards.Board(id) })
}

func (p *Provisioner) template(name string) *Template {
	for i := range p.Templates {
		if p.Templates[i].Name == name {
			return &p.Templates[i]
		}
	}
	return nil
}

// network is what a board's config says of the Wi-Fi: nothing, or one name and password.
func (p *Provisioner) network(o Order) ([][2]string, error) {
	if o.SSID == "" {
		return [][2]string{}, nil
	}
	password := ""
	if o.Password != nil {
		password = *o.Password
	} else if p.WiFi != nil {
		kept, ok := p.WiFi.Password(o.SSID)
		if !ok {
			return nil, badField("wifi.password", "the password of %s is not kept here: type it", o.SSID)
		}
		password = kept
	}
	if err := CheckWiFi(o.SSID, password); err != nil {
		return nil, err
	}
	return [][2]string{{o.SSID, password}}, nil
}

// CheckWiFi refuses what no network can be: a name of over 32 bytes, or a password that is neither empty nor 8 to 63 characters (64
// hex digits are a key).
func CheckWiFi(ssid, password string) error {
	switch {
	case len(ssid) > 32:
		return badField("wifi.ssid", "the name of a Wi-Fi has 32 bytes at most")
	case password != "" && (len(password) < 8 || len(password) > 64):
		return badField("wifi.password", "the password of a Wi-Fi has 8 to 63 characters; an open one has none")
	}
	return nil
}

// addresses are where the board will look, in turn.
func (p *Provisioner) addresses(o Order) ([]string, error) {
	if o.Address == "" {
		list := p.Addresses(o.Here)
		if len(list) == 0 {
			return nil, badField("address", "this machine has no address on a network that boards could reach: set flash.address, or say one")
		}
		return list, nil
	}
	u, err := url.Parse(o.Address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, badField("address", "%q is no address for a board: write http://host:port", o.Address)
	}
	return []string{strings.TrimSuffix(o.Address, "/")}, nil
}

func badField(field, format string, args ...any) error {
	return &device.Refused{Fault: fault.New(fault.Invalid, format, args...), Field: field}
}

// suggestion is a mapping that takes everything of a board to a namespace of its name, and back.
func suggestion(id string) Suggestion {
	namespace := "/" + id
	if slices.Contains([]string{"mqtt", "devices", "admin"}, id) { // the gateway's own
		namespace = "/board-" + id
	}
	return Suggestion{Topic: "devices/" + id + "/{event...}", Direction: "both", Namespace: namespace, Event: "{event...}"}
}
