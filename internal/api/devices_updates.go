package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gateway/internal/access"
	"gateway/internal/device"
)

// BundleList is what boards can be updated to.
type BundleList struct {
	Items []device.BundleInfo `json:"items" doc:"The gateway's own first, then the newest"`
}

// NewUpdate says what to update a board to.
type NewUpdate struct {
	Version string `json:"version" maxLength:"64" doc:"Of a bundle in the list"`
}

type bundleListOutput struct{ Body BundleList }

type bundleInput struct {
	Version string `path:"version"`
}

type newUpdateInput struct {
	ID   string `path:"id" example:"lamp"`
	Body NewUpdate
}

type updateOutput struct{ Body device.Update }

const bundlesPath = "/api/v1/bundles"

func (s *server) addBoardUpdates() {
	add(s, operation{
		id: "listBundles", method: http.MethodGet, path: bundlesPath, tag: boardTag, needs: access.View,
		summary: "List the firmware that boards can be updated to",
	}, func(context.Context, *struct{}) (*bundleListOutput, error) {
		return &bundleListOutput{BundleList{s.Boards.Bundles()}}, nil
	})
	s.addRaw(operation{
		id: "addBundle", method: http.MethodPost, path: bundlesPath, tag: boardTag, needs: access.EditSettings, status: http.StatusCreated,
		summary: "Upload firmware for boards", description: "A zip file with the files as they are to be in a board's slot: app.py is the sketch, lib/ the library.",
		params: []*huma.Param{
			query("name", huma.TypeString, "For people"),
			query("library", huma.TypeBoolean, "true: with the gateway's own library, where the zip has none"),
		},
	}, "application/zip", device.BundleInfo{}, s.addBundle)
	add(s, operation{
		id: "removeBundle", method: http.MethodDelete, path: bundlesPath + "/{version}", tag: boardTag, needs: access.EditSettings,
		summary: "Remove uploaded firmware", errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *bundleInput) (*struct{}, error) {
		return nil, refusedBoard(s.Boards.RemoveBundle(in.Version))
	})
	add(s, operation{
		id: "updateBoard", method: http.MethodPost, path: boardPath + "/update", tag: boardTag, needs: access.EditDevices, status: http.StatusAccepted,
		summary: "Update a board's firmware", description: "How it goes is in the board's `update`. It is done only when the new build has said so itself.",
		errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *newUpdateInput) (*updateOutput, error) {
		u, err := s.Boards.StartUpdate(ctx, in.ID, in.Body.Version)
		if err != nil {
			return nil, refusedBoard(err)
		}
		s.audit(ctx, "an update of a board began", "board", in.ID, "version", u.Version)
		return &updateOutput{u}, nil
	})
	add(s, operation{
		id: "cancelUpdate", method: http.MethodDelete, path: boardPath + "/update", tag: boardTag, needs: access.EditDevices,
		summary: "Give an update up", description: "Possible until the board restarts.", errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(_ context.Context, in *boardInput) (*struct{}, error) {
		return nil, refusedBoard(s.Boards.CancelUpdate(in.ID))
	})
}

func (s *server) addBundle(w http.ResponseWriter, r *http.Request) {
	const most = 1 << 20
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		drain(r.Body)
		s.refuse(w, r, newProblem(http.StatusRequestEntityTooLarge, "too_large", "the zip file has more than 1 MiB"))
		return
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		name = "uploaded"
	}
	b, err := s.Boards.AddBundle(name, data, r.URL.Query().Get("library") == "true")
	s.answer(w, r, http.StatusCreated, b, refusedBoard(err))
}
