package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"gateway/firmware"
	"gateway/internal/access"
	"gateway/internal/api"
	"gateway/internal/fault"
	"gateway/internal/flash"
	"gateway/internal/flash/image"
)

// flashing is what the API flashes boards with.
type flashing struct {
	g       *gateway
	service *flash.Service
	images  *flash.Images
	wifi    *flash.WiFi
	gateway *flash.Provisioner
}

// makeFlash prepares flashing. It touches no port.
func (g *gateway) makeFlash() (err error) {
	f := &flashing{g: g, images: flash.OpenImages(filepath.Join(g.config.DataDir, "flash"), g.log.Warn)}
	if f.wifi, err = flash.NewWiFi(g.store, flash.NewVault(g.config.DataDir)); err != nil {
		return err
	}
	if f.gateway, err = flash.NewProvisioner(firmware.Sources(), firmware.FS()); err != nil {
		return err
	}
	f.gateway.Boards, f.gateway.WiFi, f.gateway.Addresses = g.boards, f.wifi, g.boardAddresses
	c := g.config.Flash
	f.service = flash.New(flash.Options{
		Gateway: f.gateway, Images: f.images, WiFi: f.wifi, Pin: flash.Pin{URL: c.ImageURL, SHA256: c.ImageSHA256},
		Ports: c.Ports, Baud: c.Baud, Logger: g.log,
		Watched: func() bool { return g.live != nil && g.surface.Watched() > 0 },
		Told: func(list []flash.PortState) {
			g.surface.Tell("flash_ports", api.FlashPortList{Items: portsOf(list)})
		},
		Changed: func(j flash.Job) { g.surface.Tell("flash_job", jobOf(j)) },
	})
	g.flash = f
	return nil
}

// boardAddresses are where boards are told to look for this gateway.
func (g *gateway) boardAddresses(here string) []string {
	if a := g.config.Flash.Address; a != "" {
		return []string{a}
	}
	list := flash.Addresses(g.addresses()["http"], here)
	for i := range list {
		list[i] += strings.TrimSuffix(g.config.HTTP.BasePath, "/")
	}
	return list
}

// Ports implements [api.FlashService].
func (f *flashing) Ports(context.Context) ([]api.FlashPort, error) {
	list, err := f.service.Ports()
	return portsOf(list), err
}

// Detect implements [api.FlashService].
func (f *flashing) Detect(ctx context.Context, port string) (api.FlashChip, error) {
	c, err := f.service.Detect(ctx, port)
	if err != nil {
		return api.FlashChip{}, err
	}
	return *chipOf(&c), nil
}

// Image implements [api.FlashService].
func (f *flashing) Image() api.FlashImageState {
	pin := f.service.Pin
	out := api.FlashImageState{Fetch: api.FlashFetch{Page: image.Source, URL: pin.URL, SHA256: pin.SHA256, Automatic: pin.Set()}}
	if k := f.images.Kept(); k != nil {
		out.Present = true
		out.Image = &api.FlashImage{Version: k.Version, Board: k.Board, Size: k.Size, SHA256: k.SHA256, Source: k.Source, At: k.At}
	}
	return out
}

// PutImage implements [api.FlashService].
func (f *flashing) PutImage(_ context.Context, r io.Reader) (api.FlashImageState, error) {
	data, err := io.ReadAll(r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return api.FlashImageState{}, fault.New(fault.TooLarge, "this has more than %d bytes: it is no image for an ESP8266", large.Limit)
	case err != nil:
		return api.FlashImageState{}, fault.New(fault.Invalid, "the image did not arrive whole")
	}
	if _, err := f.images.Put(data, flash.Uploaded); err != nil {
		return api.FlashImageState{}, unusable(err)
	}
	f.g.changed("flash", "image", "")
	return f.Image(), nil
}

// unusable is what is wrong with a body that arrived.
func unusable(err error) error {
	if fault.CodeOf(err) == fault.Invalid {
		return api.Unusable("%s", fault.MessageOf(err))
	}
	return err
}

// DownloadImage implements [api.FlashService].
func (f *flashing) DownloadImage(ctx context.Context) (api.FlashImageState, error) {
	if _, err := f.service.Fetch(ctx); err != nil {
		return api.FlashImageState{}, err
	}
	f.g.changed("flash", "image", "")
	return f.Image(), nil
}

// RemoveImage implements [api.FlashService].
func (f *flashing) RemoveImage() error {
	err := f.images.Remove()
	if err == nil {
		f.g.changed("flash", "image", "")
	}
	return err
}

// ImageContent implements [api.FlashService].
func (f *flashing) ImageContent() ([]byte, error) {
	data, err := f.images.Data()
	if errors.Is(err, flash.ErrNoImage) {
		return nil, api.Missing("%s", fault.MessageOf(err))
	}
	return data, err
}

// Templates implements [api.FlashService].
func (f *flashing) Templates() []api.FlashTemplate {
	list := []api.FlashTemplate{}
	for _, t := range f.gateway.Templates {
		list = append(list, api.FlashTemplate{Name: t.Name, Title: t.Title, Text: t.Text, Wiring: t.Wiring, Topics: t.Topics})
	}
	return list
}

// WiFi implements [api.FlashService].
func (f *flashing) WiFi() api.FlashWiFi {
	ssid, open := f.wifi.SSID()
	return api.FlashWiFi{SSID: ssid, Kept: open}
}

// ForgetWiFi implements [api.FlashService].
func (f *flashing) ForgetWiFi() error {
	err := f.wifi.Forget()
	if err == nil {
		f.g.changed("flash", "wifi", "")
	}
	return err
}

// StartJob implements [api.FlashService].
func (f *flashing) StartJob(_ context.Context, n api.NewFlashJob, here string, by *access.Principal) (api.FlashJob, error) {
	w := flash.Work{Kind: flash.Kind(n.Kind), Port: n.Port, Baud: n.Baud, Order: flash.Order{
		Name: n.Name, ID: n.ID, Template: n.Template, SSID: n.WiFi.SSID, Password: n.WiFi.Password, Address: n.Address, Here: here, By: by,
	}}
	return answerJob(f.service.Start(w, n.WiFi.Keep))
}

// Jobs implements [api.FlashService].
func (f *flashing) Jobs() []api.FlashJob {
	list := []api.FlashJob{}
	for _, j := range f.service.Jobs() {
		list = append(list, jobOf(j))
	}
	return list
}

// Job implements [api.FlashService].
func (f *flashing) Job(id string) (api.FlashJob, error) { return answerJob(f.service.Job(id)) }

// CancelJob implements [api.FlashService].
func (f *flashing) CancelJob(id string) (api.FlashJob, error) { return answerJob(f.service.Cancel(id)) }

// RetryJob implements [api.FlashService].
func (f *flashing) RetryJob(_ context.Context, id string, otherwise api.FlashRetry) (api.FlashJob, error) {
	return answerJob(f.service.Retry(id, flash.Kind(otherwise.Kind), otherwise.Baud))
}

// Kit implements [api.FlashService].
func (f *flashing) Kit(ctx context.Context, n api.NewFlashKit, here string, by *access.Principal) (api.FlashKit, error) {
	k, err := f.service.MakeKit(ctx, flash.Order{
		Name: n.Name, ID: n.ID, Template: n.Template, SSID: n.WiFi.SSID, Password: n.WiFi.Password, Address: n.Address, Here: here, By: by,
	}, n.WiFi.Keep)
	if err != nil {
		return api.FlashKit{}, err
	}
	out := api.FlashKit{
		Board: k.Board, Version: k.Version, Address: k.Address, Prepare: flash.Prepare, Files: []api.FlashFile{},
		Suggestion: api.FlashSuggestion(k.Suggestion),
	}
	for _, file := range k.Files {
		out.Files = append(out.Files, api.FlashFile{Path: file.Path, Size: len(file.Data), SHA256: file.SHA256, Data: file.Data})
	}
	return out, nil
}
