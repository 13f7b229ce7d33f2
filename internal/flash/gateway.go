package flash

import (
	"context"
	"time"

	"gateway/internal/access"
	"gateway/internal/device"
)

// Gateway is what a job needs of the gateway: in it, or over its API from another process or machine.
type Gateway interface {
	// Provision makes the board, or gives one that is there a new key, and returns what to put on it.
	Provision(ctx context.Context, o Order) (Kit, error)
	// Online waits until the board has said that it is there, and what it runs.
	Online(ctx context.Context, id string) (Hello, error)
}

// Order is what a board is to become.
type Order struct {
	Name     string // for people
	ID       string // "": made from the name, or that of a board of this name that has never been there
	Template string // of [Templates]
	SSID     string // "": the board joins what its chip has stored
	Password *string
	Address  string // http://host:port; "": the gateway knows
	Here     string // how the gateway was reached by whoever ordered; may be ""
	By       *access.Principal
}

// Kit is what goes onto a board beside MicroPython. It holds secrets: the board's key and the Wi-Fi's password.
type Kit struct {
	Board      device.Board
	Version    string // of the firmware
	Address    string // where the board will look first
	Files      []File // in the order in which they are to be written
	Secrets    []string
	Suggestion Suggestion
}

// File is one file of a kit.
type File struct {
	Path   string // absolute, on the board
	SHA256 string // hex
	Data   []byte
}

func (k *Kit) size() (n int64) {
	for _, f := range k.Files {
		n += int64(len(f.Data))
	}
	return n
}

// Hello is what a board said when it came.
type Hello struct {
	Version string // of its firmware
	IP      string
}

// Suggestion is a mapping to be offered for a board.
type Suggestion struct {
	Topic, Direction, Namespace, Event string
}

const lookEvery = 250 * time.Millisecond

// Await looks every so often until look has found a board online, or ctx ends. It is there for who implements [Gateway].
func Await(ctx context.Context, look func(ctx context.Context) (device.Board, error)) (Hello, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		b, err := look(ctx)
		if err != nil {
			return Hello{}, err
		}
		if b.State == device.Online {
			h := Hello{}
			if b.Build != nil {
				h = Hello{b.Build.Version, b.Build.IP}
			}
			return h, nil
		}
		select {
		case <-ctx.Done():
			return Hello{}, ctx.Err()
		case <-tick.C:
		}
	}
}
