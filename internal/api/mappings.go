package api

import (
	"context"
	"errors"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/rules"
	"gateway/pkg/mapping"
)

// MappingService keeps the mappings. *rules.Service is one; its errors are a *rules.Refusal or a *fault.Error.
type MappingService interface {
	List() (items []rules.Mapping, revision string)
	Get(id string) (rules.Mapping, error)
	Create(by string, rule mapping.Rule, enabled, force bool) (m rules.Mapping, undo string, err error)
	Update(by, id, revision string, rule mapping.Rule, enabled, force bool) (m rules.Mapping, undo string, err error)
	SetEnabled(by, id, revision string, enabled, force bool) (m rules.Mapping, undo string, err error)
	Delete(by, id, revision string) (undo string, err error)
	Reorder(by, revision string, order []string) (undo string, err error)
	Undo(by, id string) (undo string, err error)
	Resume(id string) (rules.Mapping, error)

	Preview(ctx context.Context, a rules.Ask) (rules.Preview, error)
	Test(ctx context.Context, rule mapping.Rule) ([]mapping.TestResult, error)
	DryRun(ctx context.Context, rule mapping.Rule, replaces string, seconds int, tell func(rules.Dryrun)) (rules.Dryrun, error)
	GetDryRun(id string) (rules.Dryrun, error)
	EndDryRun(id string) error

	Suggest(topic string, captures []int) (mapping.Suggestion, error)
	Templates() ([]rules.Make, error)
	Import(by, text string, apply bool) (rules.Import, error)
	Export(ids []string) ([]byte, error)
}

// MappingList is all mappings.
type MappingList struct {
	Revision string          `json:"revision" doc:"Of the list: changes with any mapping and with the order"`
	Items    []rules.Mapping `json:"items" doc:"In the order in which they run"`
	Undo     string          `json:"undo,omitempty" doc:"Takes the change back"`
}

// MappingChange is a mapping as a change left it.
type MappingChange struct {
	rules.Mapping
	Undo string `json:"undo,omitempty" doc:"Takes the change back; absent when nothing changed"`
}

// Undone says how a change can be taken back.
type Undone struct {
	Revision string `json:"revision,omitempty" doc:"Of the list"`
	Undo     string `json:"undo,omitempty"`
}

type mappingListOutput struct {
	ETag string `header:"ETag"`
	Body MappingList
}

type mappingOutput struct {
	ETag string `header:"ETag"`
	Body rules.Mapping
}

type mappingChangeOutput struct {
	ETag string `header:"ETag"`
	Body MappingChange
}

// MappingID is embedded in the input of operations on one mapping; huma looks into exported types only.
type MappingID struct {
	ID string `path:"id" doc:"Of the mapping" example:"file:rooms"`
}

func (s *server) addMappings() {
	s.addMappingReads()
	s.addMappingWrites()
	s.addMappingTrials()
	s.addMappingFiles()
	s.addMappingHelp()
}

func (s *server) addMappingReads() {
	add(s, operation{
		id: "listMappings", method: http.MethodGet, path: "/api/v1/mappings", tag: "mappings", needs: access.View, summary: "List the mappings",
	}, func(context.Context, *struct{}) (*mappingListOutput, error) { return s.mappingList(""), nil })
	add(s, operation{
		id: "getMapping", method: http.MethodGet, path: "/api/v1/mappings/{id}", tag: "mappings", needs: access.View, summary: "Read a mapping",
		errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *MappingID) (*mappingOutput, error) {
		m, err := s.Mappings.Get(in.ID)
		return &mappingOutput{etag(m.Revision), m}, refusedRule("rule.", err)
	})
}

func (s *server) mappingList(undo string) *mappingListOutput {
	items, revision := s.Mappings.List()
	return &mappingListOutput{etag(revision), MappingList{revision, items, undo}}
}

// by names who asks for a change, for people.
func by(ctx context.Context) string { return principalOf(ctx).String() }

// refusedRule makes a problem document of a refusal; prefix is where the rule is in the body.
func refusedRule(prefix string, err error) error {
	var r *rules.Refusal
	if !errors.As(err, &r) {
		return err
	}
	switch {
	case errors.Is(err, rules.ErrNotFound):
		return invalid(http.StatusNotFound, "%s", r.Message)
	case errors.Is(err, rules.ErrStale):
		return stale()
	case errors.Is(err, rules.ErrConflict):
		return invalid(http.StatusConflict, "%s", r.Message)
	}
	p := invalidFields(r.Message)
	for _, found := range r.Problems {
		field := prefix + found.Field
		if found.Field == "" {
			field = prefix[:max(0, len(prefix)-1)]
		}
		p.Errors = append(p.Errors, FieldProblem{Field: field, Message: found.Message, Remedy: found.Remedy})
	}
	return p
}
