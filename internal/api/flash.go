package api

import (
	"context"
	"io"
	"net/http"

	"gateway/internal/access"
)

// FlashService puts firmware onto boards that hang at this machine. Its errors are for the client as they are.
type FlashService interface {
	Ports(ctx context.Context) ([]FlashPort, error)
	// Detect asks what hangs at a port; it takes a few seconds, and the board restarts.
	Detect(ctx context.Context, port string) (FlashChip, error)

	Image() FlashImageState
	// PutImage checks an image and keeps it in place of the one that is there.
	PutImage(ctx context.Context, r io.Reader) (FlashImageState, error)
	// DownloadImage fetches the image that the config pins.
	DownloadImage(ctx context.Context) (FlashImageState, error)
	RemoveImage() error
	ImageContent() ([]byte, error)

	Templates() []FlashTemplate
	WiFi() FlashWiFi
	ForgetWiFi() error

	// StartJob flashes the board at a port. here is the URL that the request came to, in case the config names none.
	StartJob(ctx context.Context, n NewFlashJob, here string, by *access.Principal) (FlashJob, error)
	Jobs() []FlashJob
	Job(id string) (FlashJob, error)
	CancelJob(id string) (FlashJob, error)
	RetryJob(ctx context.Context, id string, otherwise FlashRetry) (FlashJob, error)
	// Kit makes a board, or gives one that is there a new key, and returns what to put on it.
	Kit(ctx context.Context, n NewFlashKit, here string, by *access.Principal) (FlashKit, error)
}

// FlashPort is a serial port of the gateway's machine.
type FlashPort struct {
	Name    string     `json:"name" example:"/dev/ttyUSB0"`
	Vendor  string     `json:"vendor,omitempty" doc:"USB vendor id, four hex digits" example:"1a86"`
	Product string     `json:"product,omitempty" doc:"USB product id, or what the adapter calls itself" example:"7523"`
	Serial  string     `json:"serial,omitempty" doc:"Serial number of the adapter"`
	Adapter string     `json:"adapter,omitempty" example:"CH340"`
	Job     string     `json:"job,omitempty" doc:"The job that has the port now"`
	Busy    string     `json:"busy,omitempty" doc:"Why it cannot be used now, in words"`
	Chip    *FlashChip `json:"chip,omitempty" doc:"What answered there last"`
}

// FlashChip is what a board's loader said of itself.
type FlashChip struct {
	Name      string `json:"name" example:"ESP8266"`
	MAC       string `json:"mac,omitempty" example:"5c:cf:7f:01:02:03"`
	FlashID   int    `json:"flash_id,omitempty" doc:"JEDEC id"`
	FlashSize int    `json:"flash_size,omitempty" doc:"Bytes"`
}

// FlashPortList is all ports.
type FlashPortList struct {
	Items []FlashPort `json:"items"`
}

// FlashPortName names a port.
type FlashPortName struct {
	Port string `json:"port" minLength:"1" maxLength:"256" example:"/dev/ttyUSB0"`
}

// FlashTemplate is what a board can be made: a sketch, or the agent, which waits for one.
type FlashTemplate struct {
	Name   string   `json:"name" example:"lamp"`
	Title  string   `json:"title"`
	Text   string   `json:"text"`
	Wiring string   `json:"wiring,omitempty"`
	Topics []string `json:"topics" doc:"What it publishes and hears, with {id} for the board" example:"[\"devices/{id}/alert\"]"`
}

// FlashTemplateList is all templates.
type FlashTemplateList struct {
	Items []FlashTemplate `json:"items"`
}

// FlashWiFi is the network that boards were given last, if somebody wished it kept. The password is never told.
type FlashWiFi struct {
	SSID string `json:"ssid,omitempty"`
	Kept bool   `json:"kept" doc:"Its password is kept, so that a job with this ssid needs none"`
}

type flashPortsOutput struct{ Body FlashPortList }

type flashDetectInput struct{ Body FlashPortName }

type flashChipOutput struct{ Body FlashChip }

type flashTemplatesOutput struct{ Body FlashTemplateList }

type flashWiFiOutput struct{ Body FlashWiFi }

const (
	flashTag  = "flash"
	flashPath = "/api/v1/flash/"
)

func (s *server) addFlash() {
	add(s, operation{
		id: "listFlashPorts", method: http.MethodGet, path: flashPath + "ports", tag: flashTag, needs: access.View, summary: "List the serial ports",
		description: "Pages at /admin are told of changes by `flash_ports`.",
	}, func(ctx context.Context, _ *struct{}) (*flashPortsOutput, error) {
		list, err := s.Flash.Ports(ctx)
		return &flashPortsOutput{FlashPortList{list}}, err
	})
	add(s, operation{
		id: "detectFlashChip", method: http.MethodPost, path: flashPath + "ports/detect", tag: flashTag, needs: access.EditTokens,
		summary: "Ask what hangs at a port", description: "The board restarts.", errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusGatewayTimeout},
	}, func(ctx context.Context, in *flashDetectInput) (*flashChipOutput, error) {
		c, err := s.Flash.Detect(ctx, in.Body.Port)
		if err != nil {
			return nil, refusedBoard(err)
		}
		return &flashChipOutput{c}, nil
	})
	add(s, operation{
		id: "listFlashTemplates", method: http.MethodGet, path: flashPath + "templates", tag: flashTag, needs: access.View, summary: "List what boards can be made",
	}, func(context.Context, *struct{}) (*flashTemplatesOutput, error) {
		return &flashTemplatesOutput{FlashTemplateList{s.Flash.Templates()}}, nil
	})
	add(s, operation{
		id: "getFlashWiFi", method: http.MethodGet, path: flashPath + "wifi", tag: flashTag, needs: access.EditTokens, summary: "Show which network is kept for boards",
	}, func(context.Context, *struct{}) (*flashWiFiOutput, error) {
		return &flashWiFiOutput{s.Flash.WiFi()}, nil
	})
	add(s, operation{
		id: "forgetFlashWiFi", method: http.MethodDelete, path: flashPath + "wifi", tag: flashTag, needs: access.EditTokens,
		summary: "Forget the network that is kept for boards", status: http.StatusNoContent,
	}, func(context.Context, *struct{}) (*struct{}, error) {
		return nil, s.Flash.ForgetWiFi()
	})
	s.addFlashImage()
	s.addFlashJobs()
	s.addFlashKits()
}
