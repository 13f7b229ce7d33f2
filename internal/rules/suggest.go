package rules

import (
	"context"
	"errors"
	"fmt"

	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// Make is a template and the devices of its make that were seen.
type Make struct {
	mapping.Template
	Seen []string `json:"seen" doc:"Devices of this make among the topics now, in order; 200 at most"`
}

// maxLooked is how many last values are looked at for devices.
const maxLooked = 20_000

// Suggest makes a rule for a topic, with what is known of it now. captures are the levels to capture, from 0; nil lets the
// gateway choose. The error is a *fault.Error.
func (s *Service) Suggest(topic string, captures []int) (mapping.Suggestion, error) {
	st := s.state.Load()
	h := mapping.Hints{Captures: captures, Taken: func(name string) bool { return st.named(name) != "" }}
	if s.Last != nil {
		h.Seen = func(topic string) bool { _, ok := s.Last(topic); return ok }
		if m, ok := s.Last(topic); ok {
			h.Payload, h.Retained = m.Payload, m.Retain
		}
	}
	out, err := mapping.Suggest(topic, h)
	if err != nil {
		return out, fault.New(fault.Invalid, "%w", err)
	}
	out.Rule = tidy(out.Rule)
	if routes := st.table.Routes(nil, topic); len(routes) > 0 {
		out.Why += fmt.Sprintf("; mind that the mapping %q takes this topic already", routes[0].Rule.Name())
	}
	return out, nil
}

// Templates are all templates, with the devices seen.
func (s *Service) Templates() ([]Make, error) {
	templates, err := mapping.Templates()
	if err != nil {
		return nil, err
	}
	devices, err := mapping.NewDevices(templates)
	if err != nil {
		return nil, err
	}
	if s.Topics != nil {
		left := maxLooked
		s.Topics(func(m Sample) bool {
			devices.See(m.Topic, m.Payload)
			left--
			return left > 0
		})
	}
	out := make([]Make, len(templates))
	for i, t := range templates {
		for n := range t.Rules {
			t.Rules[n] = tidy(t.Rules[n])
		}
		out[i] = Make{t, devices.Of(t.ID)}
	}
	return out, nil
}

// Test runs the pinned tests of a rule, saved or not; only so many at a time, as previews. The error wraps ErrProblems when the
// rule does not compile.
func (s *Service) Test(ctx context.Context, rule mapping.Rule) ([]mapping.TestResult, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	table, err := mapping.Compile([]mapping.Rule{tidy(rule)})
	var problems *mapping.Problems
	if errors.As(err, &problems) {
		return nil, withProblems(problems.List)
	}
	return append([]mapping.TestResult{}, table.RunTests()...), nil
}
