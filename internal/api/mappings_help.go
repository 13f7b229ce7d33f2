package api

import (
	"context"
	"net/http"
	"strings"

	"gateway/internal/access"
	"gateway/internal/rules"
	"gateway/pkg/mapping"
)

// MappingTemplates are rules for what people own.
type MappingTemplates struct {
	Items []rules.Make `json:"items"`
}

// Vocabulary is what expressions are made of, beside the captures of their rule.
type Vocabulary struct {
	Variables []mapping.Variable `json:"variables"`
	Functions []mapping.Function `json:"functions"`
}

type (
	suggestInput struct {
		Body struct {
			Topic    string `json:"topic" maxLength:"65535"`
			Captures []int  `json:"captures,omitempty" maxItems:"16" doc:"Levels of the topic to capture, from 0; left out, the gateway chooses. [] is none"`
		}
	}
	suggestOutput   struct{ Body mapping.Suggestion }
	templatesOutput struct{ Body MappingTemplates }
	vocabularyInput struct {
		Captures string `query:"captures" maxLength:"1024" doc:"Names of the rule's captures, with commas" example:"room,sensor"`
	}
	vocabularyOutput struct{ Body Vocabulary }
)

func (s *server) addMappingHelp() {
	add(s, operation{
		id: "suggestMapping", method: http.MethodPost, path: "/api/v1/mappings/suggest", tag: "mappings", needs: access.View,
		summary: "Suggest a rule for a topic",
	}, func(_ context.Context, in *suggestInput) (*suggestOutput, error) {
		out, err := s.Mappings.Suggest(in.Body.Topic, in.Body.Captures)
		return &suggestOutput{out}, err
	})
	add(s, operation{
		id: "listMappingTemplates", method: http.MethodGet, path: "/api/v1/mappings/templates", tag: "mappings", needs: access.View,
		summary: "List the templates, with the devices seen",
	}, func(context.Context, *struct{}) (*templatesOutput, error) {
		items, err := s.Mappings.Templates()
		return &templatesOutput{MappingTemplates{items}}, err
	})
	add(s, operation{
		id: "mappingVocabulary", method: http.MethodGet, path: "/api/v1/mappings/vocabulary", tag: "mappings", needs: access.View,
		summary: "List what expressions can read and call",
	}, func(_ context.Context, in *vocabularyInput) (*vocabularyOutput, error) {
		captures := strings.FieldsFunc(in.Captures, func(r rune) bool { return r == ',' })
		return &vocabularyOutput{Vocabulary{mapping.Variables(captures...), mapping.Functions()}}, nil
	})
}
