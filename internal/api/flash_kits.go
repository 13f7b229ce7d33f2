package api

import (
	"context"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/device"
)

// NewFlashKit says what board a kit is for.
type NewFlashKit struct {
	Name     string       `json:"name" minLength:"1" maxLength:"64" example:"Alert lamp"`
	ID       string       `json:"id,omitempty" maxLength:"40" doc:"Absent: made from the name. That of a board that is there: it gets a new key" example:"lamp"`
	Template string       `json:"template" maxLength:"64" example:"lamp"`
	WiFi     NewFlashWiFi `json:"wifi"`
	Address  string       `json:"address,omitempty" maxLength:"256" doc:"What the board is told where the gateway is" example:"http://192.168.1.20:8090"`
}

// FlashKit is everything that is to be on a board beside MicroPython. Its config has the board's key and the Wi-Fi's password.
type FlashKit struct {
	Board      device.Board    `json:"board"`
	Version    string          `json:"version" doc:"Of the firmware in it"`
	Address    string          `json:"address" doc:"Where the board will look for the gateway"`
	Prepare    string          `json:"prepare" doc:"Python to run on the board before its files are written: it clears what an older firmware has left"`
	Files      []FlashFile     `json:"files"`
	Suggestion FlashSuggestion `json:"suggestion"`
}

// FlashFile is a file to be written to a board.
type FlashFile struct {
	Path   string `json:"path" example:"/main.py"`
	Size   int    `json:"size" doc:"Bytes"`
	SHA256 string `json:"sha256"`
	Data   []byte `json:"data"`
}

type newFlashKitInput struct{ Body NewFlashKit }

type flashKitOutput struct{ Body FlashKit }

func (s *server) addFlashKits() {
	add(s, operation{
		id: "makeFlashKit", method: http.MethodPost, path: flashPath + "kits", tag: flashTag, needs: access.EditTokens, status: http.StatusCreated,
		summary:     "Make what is to be put on a board",
		description: "For who flashes a board that does not hang at the gateway. The board's key is in this answer and nowhere else.",
		errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *newFlashKitInput) (*flashKitOutput, error) {
		k, err := s.Flash.Kit(ctx, in.Body, here(ctx), principalOf(ctx))
		if err != nil {
			return nil, refusedBoard(err)
		}
		s.audit(ctx, "a board got a new key", "board", k.Board.ID)
		return &flashKitOutput{k}, nil
	})
}
