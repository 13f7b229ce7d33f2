package api

import (
	"context"
	"net/http"
	"strings"

	"gateway/internal/access"
	"gateway/internal/rules"
	"gateway/pkg/mapping"
)

// MappingText is a config file, or a part of one: its [[mapping]] tables count.
type MappingText struct {
	TOML string `json:"toml" maxLength:"1000000"`
}

// MappingRules are rules without what the gateway knows of them.
type MappingRules struct {
	Rules []mapping.Rule `json:"rules" maxItems:"2000"`
}

// ParsedMappings are the rules of a text, and what is wrong with it.
type ParsedMappings struct {
	Rules    []mapping.Rule         `json:"rules"`
	Problems []rules.MappingProblem `json:"problems" doc:"With the line"`
}

type (
	importInput struct {
		Body struct {
			MappingText
			Apply bool `json:"apply,omitempty" doc:"Make the changes; without it they are only shown"`
		}
	}
	importOutput struct{ Body rules.Import }
	parseInput   struct{ Body MappingText }
	parseOutput  struct{ Body ParsedMappings }
	formatInput  struct{ Body MappingRules }
	formatOutput struct{ Body MappingText }
)

const tomlType = "application/toml"

func (s *server) addMappingFiles() {
	s.addRaw(operation{
		id: "exportMappings", method: http.MethodGet, path: "/api/v1/mappings/export", tag: "mappings", needs: access.View,
		summary: "Write mappings as TOML", description: "As they would stand in a config file.", errors: []int{http.StatusNotFound},
	}, nil, tomlType, s.exportMappings)
	add(s, operation{
		id: "importMappings", method: http.MethodPost, path: "/api/v1/mappings/import", tag: "mappings", needs: access.EditMappings,
		summary: "Read mappings from TOML", errors: []int{http.StatusConflict, http.StatusPreconditionFailed},
		description: "A mapping with the name of one there is replaces it. All changes are made, or none; comments are not kept.",
	}, func(ctx context.Context, in *importInput) (*importOutput, error) {
		out, err := s.Mappings.Import(by(ctx), in.Body.TOML, in.Body.Apply)
		return &importOutput{out}, refusedRule("", err)
	})
	add(s, operation{
		id: "parseMappings", method: http.MethodPost, path: "/api/v1/mappings/parse", tag: "mappings", needs: access.View, summary: "Turn TOML into rules",
	}, func(_ context.Context, in *parseInput) (*parseOutput, error) {
		list, problems := rules.Parse(in.Body.TOML)
		return &parseOutput{ParsedMappings{list, problems}}, nil
	})
	add(s, operation{
		id: "formatMappings", method: http.MethodPost, path: "/api/v1/mappings/format", tag: "mappings", needs: access.View, summary: "Turn rules into TOML",
	}, func(_ context.Context, in *formatInput) (*formatOutput, error) {
		return &formatOutput{MappingText{rules.Format(in.Body.Rules)}}, nil
	})
}

// exportMappings takes ids=a,b or ids=a&ids=b; without any it writes the UI's.
func (s *server) exportMappings(w http.ResponseWriter, r *http.Request) {
	var ids []string
	for _, list := range r.URL.Query()["ids"] {
		for id := range strings.SplitSeq(list, ",") {
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	text, err := s.Mappings.Export(ids)
	if err != nil {
		s.refuse(w, r, refusedRule("", err))
		return
	}
	w.Header().Set("Content-Type", tomlType)
	w.Header().Set("Content-Disposition", `attachment; filename="mappings.toml"`)
	_, _ = w.Write(text) // a client that has gone needs no error
}
