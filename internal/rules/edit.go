package rules

import (
	"slices"

	"gateway/pkg/mapping"
)

// Create adds a rule of the UI, behind the others. An enabled one has to stand, with its pinned tests unless force is set; a
// disabled one is a draft, and needs a name only. It is on disk and in force when Create returns.
func (s *Service) Create(by string, rule mapping.Rule, enabled, force bool) (m Mapping, undo string, err error) {
	rule = tidy(rule)
	id := newID()
	undo, err = s.apply(by, func(w *wish, _ *state) error { return w.create(id, rule, enabled, force) })
	return s.changed(id, undo, err)
}

func (w *wish) create(id string, rule mapping.Rule, enabled, force bool) error {
	if len(w.ui) >= maxRules {
		return conflict("there are %d mappings; remove one first", len(w.ui))
	}
	order := 1
	for _, r := range w.ui {
		order = max(order, r.Order+1)
	}
	w.ui = append(w.ui, record{Version: recordVersion, ID: id, Rule: rule, Enabled: enabled, Order: order})
	w.touch(id, force)
	return checkSize(rule)
}

func (w *wish) touch(id string, force bool) {
	w.touched = append(w.touched, id)
	w.force = w.force || force
}

// Update replaces a rule of the UI that is at a revision, with the same conditions as for Create; any revision when it is "*".
func (s *Service) Update(by, id, revision string, rule mapping.Rule, enabled, force bool) (m Mapping, undo string, err error) {
	rule = tidy(rule)
	undo, err = s.apply(by, func(w *wish, st *state) error {
		i, err := st.editable(id, revision)
		if err != nil {
			return err
		}
		w.ui[i].Rule, w.ui[i].Enabled = rule, enabled
		w.touch(id, force)
		return checkSize(rule)
	})
	return s.changed(id, undo, err)
}

// SetEnabled turns a rule on or off.
func (s *Service) SetEnabled(by, id, revision string, enabled, force bool) (m Mapping, undo string, err error) {
	undo, err = s.apply(by, func(w *wish, st *state) error {
		i, err := st.editable(id, revision)
		if err != nil {
			return err
		}
		w.ui[i].Enabled = enabled
		w.touch(id, force)
		return nil
	})
	return s.changed(id, undo, err)
}

// Delete removes a rule.
func (s *Service) Delete(by, id, revision string) (undo string, err error) {
	return s.apply(by, func(w *wish, st *state) error {
		i, err := st.editable(id, revision)
		if err != nil {
			return err
		}
		w.ui = slices.Delete(w.ui, i, i+1)
		return nil
	})
}

// Reorder puts the rules of the UI into the order of ids, which has to name each of them once. revision is the list's.
func (s *Service) Reorder(by, revision string, order []string) (undo string, err error) {
	return s.apply(by, func(w *wish, st *state) error {
		if revision != "*" && revision != st.revision() {
			return stale("the mappings")
		}
		if len(order) != len(st.ui) {
			return conflict("the order names %d mappings, and there are %d to order: those of the file and the demo have their place", len(order), len(st.ui))
		}
		return w.reorder(order)
	})
}

func (w *wish) reorder(order []string) error {
	for i := range w.ui {
		place := slices.Index(order, w.ui[i].ID)
		if place < 0 {
			return conflict("the order leaves out the mapping %q", w.ui[i].Rule.Name)
		}
		w.ui[i].Order = place + 1
	}
	sortRecords(w.ui)
	return nil
}

// editable finds a rule that may be changed at a revision.
func (st *state) editable(id, revision string) (int, error) {
	i := st.find(id)
	if i < 0 {
		for _, f := range st.fixed {
			if f.id == id {
				return 0, conflict("mapping %q is written in the %s, where it can be changed", f.rule.Name, where(f.origin))
			}
		}
		return 0, notFound("mapping", id)
	}
	if revision != "*" && revision != st.ui[i].revision() {
		return 0, stale("mapping " + st.ui[i].Rule.Name)
	}
	return i, nil
}

func where(o Origin) string {
	if o == FromDemo {
		return "demo"
	}
	return "config file"
}

// changed is the answer of a change of one rule.
func (s *Service) changed(id, undo string, err error) (Mapping, string, error) {
	if err != nil {
		return Mapping{}, "", err
	}
	m, err := s.Get(id)
	return m, undo, err
}
