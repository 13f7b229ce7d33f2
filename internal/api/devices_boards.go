package api

import (
	"context"
	"errors"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/device"
)

// BoardList is all boards.
type BoardList struct {
	Items []device.Board `json:"items"`
}

// NewBoard is a board to be made.
type NewBoard struct {
	Name string `json:"name" maxLength:"64" example:"Alert lamp"`
	ID   string `json:"id,omitempty" maxLength:"40" doc:"Absent: made from the name" example:"lamp"`
}

// MadeBoard is a board with its key, which is nowhere to be had again.
type MadeBoard struct {
	device.Board
	Key    string      `json:"key" doc:"64 hex digits, for /cfg.json on the board"`
	Config BoardConfig `json:"config" doc:"What to put into /cfg.json on the board; the Wi-Fi is still to be filled in"`
}

// BoardConfig is /cfg.json of a board.
type BoardConfig struct {
	ID   string     `json:"id"`
	Key  string     `json:"key"`
	URLs []string   `json:"urls" doc:"Where the gateway is, as it was asked for now"`
	WiFi [][]string `json:"wifi" doc:"[name, password] of each network"`
}

// BoardChange is what can be changed of a board.
type BoardChange struct {
	Name string `json:"name" maxLength:"64"`
}

type boardInput struct {
	ID string `path:"id" example:"lamp"`
}

type boardRevisionInput struct {
	ID string `path:"id" example:"lamp"`
	IfMatch
}

type newBoardInput struct{ Body NewBoard }

type boardChangeInput struct {
	ID string `path:"id" example:"lamp"`
	IfMatch
	Body BoardChange
}

type boardListOutput struct{ Body BoardList }

type boardOutput struct {
	ETag string `header:"ETag"`
	Body device.Board
}

type madeBoardOutput struct {
	ETag string `header:"ETag"`
	Body MadeBoard
}

const (
	boardTag  = "boards"
	boardPath = "/api/v1/boards/{id}"
)

func (s *server) addBoards() {
	conflicts := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	add(s, operation{
		id: "listBoards", method: http.MethodGet, path: "/api/v1/boards", tag: boardTag, needs: access.View, summary: "List the boards",
	}, func(context.Context, *struct{}) (*boardListOutput, error) {
		return &boardListOutput{BoardList{s.Boards.Boards()}}, nil
	})
	add(s, operation{
		id: "addBoard", method: http.MethodPost, path: "/api/v1/boards", tag: boardTag, needs: access.EditTokens, summary: "Make a board",
		description: "Its key is in this answer and nowhere else.", status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, s.addBoard)
	add(s, operation{
		id: "getBoard", method: http.MethodGet, path: boardPath, tag: boardTag, needs: access.View, summary: "Show a board",
		errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *boardInput) (*boardOutput, error) {
		return boardAnswer(s.Boards.Board(in.ID))
	})
	add(s, operation{
		id: "renameBoard", method: http.MethodPatch, path: boardPath, tag: boardTag, needs: access.EditDevices, summary: "Rename a board",
		errors: conflicts,
	}, s.renameBoard)
	add(s, operation{
		id: "removeBoard", method: http.MethodDelete, path: boardPath, tag: boardTag, needs: access.EditTokens, summary: "Revoke a board",
		description: "It is cut at once, and all about it is forgotten.", status: http.StatusNoContent, errors: conflicts,
	}, s.removeBoard)
	add(s, operation{
		id: "newBoardKey", method: http.MethodPost, path: boardPath + "/key", tag: boardTag, needs: access.EditTokens, summary: "Give a board a new key",
		description: "The old one is good for nothing from now on. The new one is in this answer and nowhere else.", errors: conflicts,
	}, s.newBoardKey)
	s.addBoardShadow()
	s.addBoardWork()
	s.addBoardConfig()
	s.addBoardUpdates()
	s.addRollouts()
}

// refusedBoard is what a client gets to read of a refusal by internal/device.
func refusedBoard(err error) error {
	var r *device.Refused
	if !errors.As(err, &r) {
		return err
	}
	p := newProblem(statusOf(r.Fault.Code), r.Fault.Code, r.Fault.Message)
	switch {
	case r.NotFound:
		p.as(http.StatusNotFound)
	case r.Conflict:
		p.as(http.StatusConflict)
	case r.Stale:
		p.as(http.StatusPreconditionFailed)
	case r.Field != "":
		p.as(http.StatusUnprocessableEntity)
		p.Errors = []FieldProblem{{Field: r.Field, Message: r.Fault.Message}}
	}
	return p
}

func boardAnswer(b device.Board, err error) (*boardOutput, error) {
	if err != nil {
		return nil, refusedBoard(err)
	}
	return &boardOutput{etag(b.Revision), b}, nil
}

func (s *server) addBoard(ctx context.Context, in *newBoardInput) (*madeBoardOutput, error) {
	b, key, err := s.Boards.Add(in.Body.ID, in.Body.Name, principalOf(ctx))
	if err != nil {
		return nil, refusedBoard(err)
	}
	s.audit(ctx, "a board was made", "board", b.ID)
	return s.madeBoard(ctx, b, key), nil
}

func (s *server) madeBoard(ctx context.Context, b device.Board, key string) *madeBoardOutput {
	r := requestOf(ctx)
	c := BoardConfig{ID: b.ID, Key: key, URLs: []string{"http://" + r.Host}, WiFi: [][]string{}}
	return &madeBoardOutput{etag(b.Revision), MadeBoard{b, key, c}}
}

func (s *server) renameBoard(_ context.Context, in *boardChangeInput) (*boardOutput, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	return boardAnswer(s.Boards.Rename(in.ID, revision, in.Body.Name))
}

func (s *server) newBoardKey(ctx context.Context, in *boardRevisionInput) (*madeBoardOutput, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	b, key, err := s.Boards.NewKey(in.ID, revision)
	if err != nil {
		return nil, refusedBoard(err)
	}
	s.audit(ctx, "a board got a new key", "board", b.ID)
	return s.madeBoard(ctx, b, key), nil
}

func (s *server) removeBoard(ctx context.Context, in *boardRevisionInput) (*struct{}, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	if err := s.Boards.Remove(in.ID, revision); err != nil {
		return nil, refusedBoard(err)
	}
	s.audit(ctx, "a board was revoked", "board", in.ID)
	return nil, nil
}
