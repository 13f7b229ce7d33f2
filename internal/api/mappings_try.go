package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"gateway/internal/access"
	"gateway/internal/rules"
	"gateway/pkg/mapping"
)

// MappingAsk is a rule to try.
type MappingAsk struct {
	Rule     mapping.Rule    `json:"rule"`
	Replaces string          `json:"replaces,omitempty" maxLength:"128" doc:"Id of the mapping that it is an edit of: then old outcomes come too"`
	Limit    int             `json:"limit,omitempty" minimum:"0" maximum:"500" doc:"Rows; default 50"`
	Samples  []MappingSample `json:"samples,omitempty" maxItems:"500" doc:"Messages to try it on, instead of those recorded"`
}

// MappingSample is a message to try a rule on.
type MappingSample struct {
	Topic    string `json:"topic"`
	Payload  string `json:"payload"`
	Encoding string `json:"encoding,omitempty" enum:"utf8,base64" doc:"How payload is written; default utf8"`
	QoS      uint8  `json:"qos,omitempty" maximum:"2"`
	Retain   bool   `json:"retain,omitempty"`
}

// TestResult is how one pinned test went.
type TestResult struct {
	Index   int    `json:"index" doc:"Place among the rule's tests, from 0"`
	OK      bool   `json:"ok"`
	Message string `json:"message,omitempty" doc:"What differed"`
}

// TestResults are those of one rule.
type TestResults struct {
	Results []TestResult `json:"results"`
}

// DryrunStart is a rule to run beside the others, without sending anything.
type DryrunStart struct {
	Rule     mapping.Rule `json:"rule"`
	Replaces string       `json:"replaces,omitempty" maxLength:"128" doc:"Id of the mapping that it is an edit of"`
	Seconds  int          `json:"seconds,omitempty" minimum:"0" maximum:"600" doc:"Default 60"`
}

type (
	previewInput struct{ Body MappingAsk }
	testInput    struct {
		Body struct {
			Rule mapping.Rule `json:"rule"`
		}
	}
	dryrunInput struct{ Body DryrunStart }
	dryrunID    struct {
		ID string `path:"id"`
	}
	previewOutput struct{ Body rules.Preview }
	testOutput    struct{ Body TestResults }
	dryrunOutput  struct{ Body rules.Dryrun }
)

func (s *server) addMappingTrials() {
	add(s, operation{
		id: "previewMapping", method: http.MethodPost, path: "/api/v1/mappings/preview", tag: "mappings", needs: access.View,
		summary: "Show what a rule would have done", errors: []int{http.StatusNotFound},
		description: "Runs it over the messages recorded lately, or over samples; nothing is sent and nothing changes.",
	}, func(ctx context.Context, in *previewInput) (*previewOutput, error) {
		samples, err := samplesOf(in.Body.Samples)
		if err != nil {
			return nil, err
		}
		p, err := s.Mappings.Preview(ctx, rules.Ask{Rule: in.Body.Rule, Replaces: in.Body.Replaces, Limit: in.Body.Limit, Samples: samples})
		return &previewOutput{p}, refusedRule("rule.", err)
	})
	add(s, operation{
		id: "testMapping", method: http.MethodPost, path: "/api/v1/mappings/test", tag: "mappings", needs: access.View, summary: "Run the tests of a rule",
	}, func(ctx context.Context, in *testInput) (*testOutput, error) {
		results, err := s.Mappings.Test(ctx, in.Body.Rule)
		out := TestResults{Results: make([]TestResult, len(results))}
		for i, r := range results {
			out.Results[i] = TestResult{r.Index, r.OK, r.Text}
		}
		return &testOutput{out}, refusedRule("rule.", err)
	})
	add(s, operation{
		id: "startDryrun", method: http.MethodPost, path: "/api/v1/mappings/dryrun", tag: "mappings", needs: access.EditMappings,
		summary: "Run a rule beside the others without sending", status: http.StatusCreated,
		errors:      []int{http.StatusNotFound, http.StatusTooManyRequests},
		description: "It ends by itself. How it goes is told at /admin each second, as the event dryrun.",
	}, func(_ context.Context, in *dryrunInput) (*dryrunOutput, error) {
		// It goes on after this request; closing the service ends it.
		d, err := s.Mappings.DryRun(context.Background(), in.Body.Rule, in.Body.Replaces, in.Body.Seconds, s.TellDryrun)
		return &dryrunOutput{d}, refusedRule("rule.", err)
	})
	add(s, operation{
		id: "getDryrun", method: http.MethodGet, path: "/api/v1/mappings/dryrun/{id}", tag: "mappings", needs: access.View,
		summary: "Read how a dry run goes", errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *dryrunID) (*dryrunOutput, error) {
		d, err := s.Mappings.GetDryRun(in.ID)
		return &dryrunOutput{d}, refusedRule("", err)
	})
	add(s, operation{
		id: "endDryrun", method: http.MethodDelete, path: "/api/v1/mappings/dryrun/{id}", tag: "mappings", needs: access.EditMappings,
		summary: "End a dry run", errors: []int{http.StatusNotFound},
	}, func(_ context.Context, in *dryrunID) (*struct{}, error) {
		return nil, refusedRule("", s.Mappings.EndDryRun(in.ID))
	})
}

// samplesOf are the messages of a request.
func samplesOf(list []MappingSample) ([]rules.Sample, error) {
	var out []rules.Sample
	for _, m := range list {
		payload := []byte(m.Payload)
		if m.Encoding == "base64" {
			var err error
			if payload, err = base64.StdEncoding.DecodeString(m.Payload); err != nil {
				return nil, invalidFields("a payload is no Base64", FieldProblem{Field: "samples.payload", Message: "is no Base64"})
			}
		}
		out = append(out, rules.Sample{Topic: m.Topic, Payload: payload, Size: len(payload), QoS: m.QoS, Retain: m.Retain})
	}
	return out, nil
}
