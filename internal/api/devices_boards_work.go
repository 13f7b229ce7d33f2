package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/device"
)

// BoardCall is a call of a board's method.
type BoardCall struct {
	Method    string          `json:"method" minLength:"1" maxLength:"64" example:"identify"`
	Params    json.RawMessage `json:"params,omitempty" doc:"Any JSON; absent for none"`
	TimeoutMS int             `json:"timeout_ms,omitempty" minimum:"100" maximum:"60000" doc:"10 s when absent"`
}

// BoardLog is what a board said last.
type BoardLog struct {
	Items []device.Line `json:"items" doc:"Oldest first"`
}

// BoardHealth is how a board was.
type BoardHealth struct {
	Items []device.Vitals `json:"items" doc:"Oldest first; about one a minute, 12 hours at most"`
}

type boardCallInput struct {
	ID   string `path:"id" example:"lamp"`
	Body BoardCall
}

type boardCallOutput struct{ Body device.Called }

type boardLogInput struct {
	ID    string `path:"id" example:"lamp"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
}

type boardLogOutput struct{ Body BoardLog }

type boardHealthOutput struct{ Body BoardHealth }

type boardShadowOutput struct{ Body device.Shadow }

type boardDesiredInput struct {
	ID   string `path:"id" example:"lamp"`
	Body json.RawMessage
}

func (s *server) addBoardShadow() {
	missing := []int{http.StatusNotFound}
	add(s, operation{
		id: "getBoardShadow", method: http.MethodGet, path: boardPath + "/shadow", tag: boardTag, needs: access.View,
		summary: "Show what a board is to be, and what it is", errors: missing,
	}, func(_ context.Context, in *boardInput) (*boardShadowOutput, error) {
		return shadowAnswer(s.Boards.Shadow(in.ID))
	})
	add(s, operation{
		id: "changeBoardShadow", method: http.MethodPatch, path: boardPath + "/shadow/desired", tag: boardTag, needs: access.EditDevices,
		summary: "Change what a board is to be", description: "The body is a JSON merge patch (RFC 7396): null takes a key out. " +
			"The answer means that it is on disk; a board that is away gets it when it comes back.",
		errors: missing,
	}, func(_ context.Context, in *boardDesiredInput) (*boardShadowOutput, error) {
		return shadowAnswer(s.Boards.Desire(in.ID, in.Body))
	})
}

func shadowAnswer(d device.Shadow, err error) (*boardShadowOutput, error) {
	if err != nil {
		return nil, refusedBoard(err)
	}
	return &boardShadowOutput{d}, nil
}

func (s *server) addBoardWork() {
	missing := []int{http.StatusNotFound}
	add(s, operation{
		id: "callBoard", method: http.MethodPost, path: boardPath + "/call", tag: boardTag, needs: access.EditDevices,
		summary: "Call a method of a board", description: "ping, restart, info, identify and config are built in; sketches add their own. " +
			"A board that is away is `offline` (503), one that does not answer `timeout` (504); else the code is the board's own.",
		errors: []int{http.StatusNotFound, http.StatusTooManyRequests, http.StatusGatewayTimeout},
	}, s.callBoard)
	add(s, operation{
		id: "getBoardLog", method: http.MethodGet, path: boardPath + "/log", tag: boardTag, needs: access.View,
		summary: "Show what a board said last", errors: missing,
	}, func(_ context.Context, in *boardLogInput) (*boardLogOutput, error) {
		lines, err := s.Boards.Log(in.ID, in.Limit)
		if err != nil {
			return nil, refusedBoard(err)
		}
		return &boardLogOutput{BoardLog{lines}}, nil
	})
	add(s, operation{
		id: "getBoardHealth", method: http.MethodGet, path: boardPath + "/health", tag: boardTag, needs: access.View,
		summary: "Show how a board was over the last hours", errors: missing,
	}, func(_ context.Context, in *boardInput) (*boardHealthOutput, error) {
		list, err := s.Boards.Vitals(in.ID)
		if err != nil {
			return nil, refusedBoard(err)
		}
		return &boardHealthOutput{BoardHealth{list}}, nil
	})
}

func (s *server) callBoard(ctx context.Context, in *boardCallInput) (*boardCallOutput, error) {
	called, err := s.Boards.Call(ctx, in.ID, in.Body.Method, in.Body.Params, time.Duration(in.Body.TimeoutMS)*time.Millisecond)
	if err != nil {
		return nil, refusedBoard(err)
	}
	return &boardCallOutput{called}, nil
}
