package api

import (
	"context"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/rules"
	"gateway/pkg/mapping"
)

// MappingDraft is a mapping to be.
type MappingDraft struct {
	Rule    mapping.Rule `json:"rule"`
	Enabled *bool        `json:"enabled,omitempty" doc:"Default true. A disabled one may have problems: it is a draft"`
}

func (d MappingDraft) enabled() bool { return d.Enabled == nil || *d.Enabled }

// Forced is embedded where pinned tests are run.
type Forced struct {
	Force bool `query:"force" doc:"Save although a pinned test fails"`
}

type mappingCreateInput struct {
	Forced
	Body MappingDraft
}

type mappingUpdateInput struct {
	IfMatch
	MappingID
	Forced
	Body MappingDraft
}

type mappingRefInput struct {
	IfMatch
	MappingID
}

type mappingEnableInput struct {
	IfMatch
	MappingID
	Forced
	Body struct {
		Enabled bool `json:"enabled"`
	}
}

type mappingOrderInput struct {
	IfMatch
	Body struct {
		IDs []string `json:"ids" maxItems:"2000" doc:"Every mapping of the UI, once"`
	}
}

type mappingUndoInput struct {
	Body struct {
		Undo string `json:"undo" maxLength:"64" doc:"As the change answered it"`
	}
}

type undoneOutput struct{ Body Undone }

func mappingErrors() []int {
	return []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
}

func changeOutput(m rules.Mapping, undo string, err error) (*mappingChangeOutput, error) {
	return &mappingChangeOutput{etag(m.Revision), MappingChange{m, undo}}, refusedRule("rule.", err)
}

func (s *server) addMappingWrites() {
	add(s, operation{
		id: "createMapping", method: http.MethodPost, path: "/api/v1/mappings", tag: "mappings", needs: access.EditMappings,
		summary: "Make a mapping", status: http.StatusCreated, errors: []int{http.StatusConflict},
		description: "It is on disk and in force when this answers; no client is dropped. One that is enabled and has problems, or pinned tests that fail, is refused with a list of them.",
	}, func(ctx context.Context, in *mappingCreateInput) (*mappingChangeOutput, error) {
		return changeOutput(s.Mappings.Create(by(ctx), in.Body.Rule, in.Body.enabled(), in.Force))
	})
	add(s, operation{
		id: "updateMapping", method: http.MethodPut, path: "/api/v1/mappings/{id}", tag: "mappings", needs: access.EditMappings,
		summary: "Change a mapping", errors: mappingErrors(), description: "Counters stay, also when it is renamed. Mappings of the config file are changed there: 409.",
	}, func(ctx context.Context, in *mappingUpdateInput) (*mappingChangeOutput, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		return changeOutput(s.Mappings.Update(by(ctx), in.ID, revision, in.Body.Rule, in.Body.enabled(), in.Force))
	})
	add(s, operation{
		id: "enableMapping", method: http.MethodPost, path: "/api/v1/mappings/{id}/enabled", tag: "mappings", needs: access.EditMappings,
		summary: "Turn a mapping on or off", errors: mappingErrors(),
	}, func(ctx context.Context, in *mappingEnableInput) (*mappingChangeOutput, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		return changeOutput(s.Mappings.SetEnabled(by(ctx), in.ID, revision, in.Body.Enabled, in.Force))
	})
	s.addMappingRest()
}

func (s *server) addMappingRest() {
	add(s, operation{
		id: "deleteMapping", method: http.MethodDelete, path: "/api/v1/mappings/{id}", tag: "mappings", needs: access.EditMappings,
		summary: "Remove a mapping", status: http.StatusOK, errors: mappingErrors(),
	}, func(ctx context.Context, in *mappingRefInput) (*undoneOutput, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		undo, err := s.Mappings.Delete(by(ctx), in.ID, revision)
		return s.undone(undo), refusedRule("", err)
	})
	add(s, operation{
		id: "orderMappings", method: http.MethodPost, path: "/api/v1/mappings/order", tag: "mappings", needs: access.EditMappings,
		summary: "Put the mappings into an order", description: "If-Match is the revision of the list. Those of the file and the demo come first, in their own order.",
		errors: mappingErrors(),
	}, func(ctx context.Context, in *mappingOrderInput) (*undoneOutput, error) {
		revision, err := in.Revision()
		if err != nil {
			return nil, err
		}
		undo, err := s.Mappings.Reorder(by(ctx), revision, in.Body.IDs)
		return s.undone(undo), refusedRule("", err)
	})
	add(s, operation{
		id: "undoMapping", method: http.MethodPost, path: "/api/v1/mappings/undo", tag: "mappings", needs: access.EditMappings,
		summary: "Take a change back", errors: []int{http.StatusConflict},
		description: "One of the last 20, if nothing has touched the same mapping since: else 409, which says what has. The undo in the answer takes this back.",
	}, func(ctx context.Context, in *mappingUndoInput) (*mappingListOutput, error) {
		undo, err := s.Mappings.Undo(by(ctx), in.Body.Undo)
		if err != nil {
			return nil, refusedRule("", err)
		}
		return s.mappingList(undo), nil
	})
	add(s, operation{
		id: "resumeMapping", method: http.MethodPost, path: "/api/v1/mappings/{id}/resume", tag: "mappings", needs: access.EditMappings,
		summary: "End the pause of a mapping", description: "A mapping pauses when its expressions are slow again and again; it resumes by itself, too.",
		errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *MappingID) (*mappingOutput, error) {
		m, err := s.Mappings.Resume(in.ID)
		return &mappingOutput{etag(m.Revision), m}, refusedRule("", err)
	})
}

func (s *server) undone(undo string) *undoneOutput {
	_, revision := s.Mappings.List()
	return &undoneOutput{Undone{revision, undo}}
}
