package api

import (
	"context"
	"encoding/json"
	"net/http"

	"gateway/internal/access"
)

type boardConfigInput struct {
	ID   string `path:"id" example:"lamp"`
	Body json.RawMessage
}

type boardConfigOutput struct{ Body json.RawMessage }

func (s *server) addBoardConfig() {
	errors := []int{http.StatusNotFound, http.StatusTooManyRequests, http.StatusGatewayTimeout}
	add(s, operation{
		id: "getBoardConfig", method: http.MethodGet, path: boardPath + "/config", tag: boardTag, needs: access.EditDevices,
		summary: "Ask a board for its configuration", description: "What is in its /cfg.json, but for its key and the Wi-Fi. " +
			"A board that is away is `offline` (503).",
		errors: errors,
	}, func(ctx context.Context, in *boardInput) (*boardConfigOutput, error) {
		return configAnswer(s.Boards.Config(ctx, in.ID, nil))
	})
	add(s, operation{
		id: "changeBoardConfig", method: http.MethodPatch, path: boardPath + "/config", tag: boardTag, needs: access.EditDevices,
		summary: "Change a board's configuration", description: "The body is an object, merged into its /cfg.json by the board: null takes a key out. " +
			"id, key, urls and wifi are not changed from here, since the board might not find back.",
		errors: errors,
	}, func(ctx context.Context, in *boardConfigInput) (*boardConfigOutput, error) {
		out, err := configAnswer(s.Boards.Config(ctx, in.ID, in.Body))
		if err == nil {
			s.audit(ctx, "a board's configuration was changed", "board", in.ID)
		}
		return out, err
	})
}

func configAnswer(config json.RawMessage, err error) (*boardConfigOutput, error) {
	if err != nil {
		return nil, refusedBoard(err)
	}
	return &boardConfigOutput{config}, nil
}
