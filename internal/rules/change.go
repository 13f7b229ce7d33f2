package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"gateway/pkg/mapping"
)

// change is one entry of the log: what it took to make it undone.
type change struct {
	Gen    uint64             `json:"gen"`
	At     time.Time          `json:"at"`
	By     string             `json:"by"`
	Before map[string]*record `json:"before"` // by id; null for a rule that it made
	After  map[string]uint64  `json:"after"`  // the revisions it left, 0 for a rule that it removed

	// The ids in order, when it changed that.
	OrderBefore []string `json:"order_before,omitempty"`
	OrderAfter  []string `json:"order_after,omitempty"`
}

func (c *change) id() string { return strconv.FormatUint(c.Gen, 36) }

// maxLog is how many changes can be undone; they are kept on disk too, so that a restart does not take them away.
const maxLog = 20

func (s *Service) loadLog() error {
	err := s.Records.Each(bucketLog, func(key string, data []byte) error {
		var c change
		if err := json.Unmarshal(data, &c); err != nil {
			s.Logger.Warn("a change of a mapping cannot be read: it cannot be undone", "key", key, "err", err)
			return nil
		}
		s.log = append(s.log, c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("changes of mappings: %w", err)
	}
	return nil
}

func logKey(gen uint64) string { return fmt.Sprintf("%020d", gen) }

// wish is a change on its way: the rules as they shall be, and how strict to be about them.
type wish struct {
	ui      []record
	gen     uint64
	touched []string // ids that have to stand
	force   bool     // save although a pinned test fails
}

// apply makes a change: edit says what shall be, it is checked, stored, put in force and logged. It returns the id that undoes it,
// empty when edit changed nothing.
func (s *Service) apply(by string, edit func(w *wish, st *state) error) (undo string, err error) {
	s.edit.Lock()
	defer s.edit.Unlock()
	old := s.state.Load()
	w := &wish{ui: slices.Clone(old.ui), gen: old.gen + 1}
	if err := edit(w, old); err != nil {
		return "", err
	}
	now := s.Now().UTC()
	c := compare(old.ui, w, by, now)
	if len(c.Before) == 0 && c.OrderAfter == nil {
		return "", nil
	}
	next := evaluate(old.fixed, w.ui, w.gen, old.table)
	if err := judge(old, next, w); err != nil {
		return "", err
	}
	if err := s.store(w.ui, c); err != nil {
		return "", fmt.Errorf("the change could not be stored: %w", err)
	}
	s.renames(old, c, next)
	s.install(next)
	s.tell(c, next)
	return c.id(), nil
}

// compare finds what a wish changes, and stamps the rules it is about.
func compare(old []record, w *wish, by string, now time.Time) *change {
	c := &change{Gen: w.gen, At: now, By: by, Before: map[string]*record{}, After: map[string]uint64{}}
	was := map[string]*record{}
	for i := range old {
		was[old[i].ID] = &old[i]
	}
	for i := range w.ui {
		r := &w.ui[i]
		before := was[r.ID]
		if before == nil || before.Enabled != r.Enabled || string(essence(before.Rule)) != string(essence(r.Rule)) {
			r.Revision, r.UpdatedAt, r.UpdatedBy = w.gen, now, by
			if r.CreatedAt.IsZero() {
				r.CreatedAt = now
			}
			c.Before[r.ID], c.After[r.ID] = before, w.gen
		}
		delete(was, r.ID)
	}
	for id, before := range was {
		c.Before[id], c.After[id] = before, 0
	}
	before, after := ids(old), ids(w.ui)
	if len(c.Before) == 0 && !slices.Equal(before, after) {
		c.OrderBefore, c.OrderAfter = before, after
	}
	return c
}

func ids(ui []record) []string {
	out := make([]string, len(ui))
	for i, r := range ui {
		out[i] = r.ID
	}
	return out
}

// store writes the rules that changed, and the log, in one go.
func (s *Service) store(ui []record, c *change) error {
	var writes []Write
	for i := range ui {
		if _, ok := c.After[ui[i].ID]; !ok && c.OrderAfter == nil {
			continue
		}
		data, err := json.Marshal(&ui[i])
		if err != nil {
			return fmt.Errorf("mapping %q: %w", ui[i].Rule.Name, err)
		}
		writes = append(writes, Write{bucketRules, ui[i].ID, data})
	}
	for id, revision := range c.After {
		if revision == 0 {
			writes = append(writes, Write{bucketRules, id, nil})
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("log of the change: %w", err)
	}
	writes = append(writes, Write{bucketLog, logKey(c.Gen), data})
	log := append(slices.Clone(s.log), *c)
	for len(log) > maxLog {
		writes = append(writes, Write{bucketLog, logKey(log[0].Gen), nil})
		log = log[1:]
	}
	if err := s.Records.Write(writes); err != nil {
		return err
	}
	s.log = log
	return nil
}

// renames tells who keeps things by the rules' names.
func (s *Service) renames(old *state, c *change, next *state) {
	if s.Renamed == nil {
		return
	}
	for id, before := range c.Before {
		i := next.find(id)
		if before == nil || i < 0 || before.Rule.Name == next.ui[i].Rule.Name || old.named(next.ui[i].Rule.Name) != "" {
			continue
		}
		s.Renamed(before.Rule.Name, next.ui[i].Rule.Name)
	}
}

func (s *Service) tell(c *change, next *state) {
	if s.Changed == nil {
		return
	}
	id := ""
	if len(c.After) == 1 {
		id = slices.Collect(maps.Keys(c.After))[0]
	}
	s.Changed(id, next.revision())
}

// judge refuses a change after which a rule that it is about cannot run though it shall, or another one no longer can.
func judge(old, next *state, w *wish) error {
	var problems []mapping.Problem
	for _, id := range w.touched {
		r := next.ui[next.find(id)]
		for _, p := range next.problems[id] {
			if r.Enabled || p.Field == "name" {
				problems = append(problems, p)
			}
		}
		for _, p := range next.warnings[id] {
			if r.Enabled && !w.force && isTest(p.Field) {
				problems = append(problems, p)
			}
		}
	}
	if len(problems) == 0 {
		problems = broken(old, next, w)
	}
	if len(problems) > 0 {
		return withProblems(problems)
	}
	return nil
}

// broken are the rules that stood before and would not after, blamed on those that the change is about.
func broken(old, next *state, w *wish) []mapping.Problem {
	var out []mapping.Problem
	for id, problems := range next.problems {
		if len(old.problems[id]) > 0 || slices.Contains(w.touched, id) || len(w.touched) == 0 {
			continue
		}
		if _, existed := old.rule(id); !existed {
			continue
		}
		for _, p := range problems {
			blamed := next.ui[next.find(w.touched[0])]
			out = append(out, mapping.Problem{
				Rule: blamed.Rule.Name, Field: p.Field,
				Message: fmt.Sprintf("with this, mapping %q could not stand: %s", p.Rule, p.Message), Remedy: p.Remedy,
			})
		}
	}
	return out
}

func isTest(field string) bool { return len(field) > 5 && field[:5] == "test." }
