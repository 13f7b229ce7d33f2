package rules

import (
	"maps"
	"slices"
)

// Undo takes a change back, if nothing has touched the same rules since. It returns the id that undoes the undoing. What it
// brings back was in force before, so it is not asked for its tests; it has to stand among the rules there are now.
func (s *Service) Undo(by, id string) (undo string, err error) {
	return s.apply(by, func(w *wish, st *state) error {
		i := slices.IndexFunc(s.log, func(c change) bool { return c.id() == id })
		if i < 0 {
			return conflict("this change is too long ago to be undone: the last %d can be", maxLog)
		}
		c := &s.log[i]
		if c.OrderAfter != nil {
			if !slices.Equal(ids(st.ui), c.OrderAfter) {
				return conflict("mappings have come, gone or moved since")
			}
			return w.reorder(c.OrderBefore)
		}
		for _, id := range slices.Sorted(maps.Keys(c.After)) {
			if err := w.restore(st, id, c); err != nil {
				return err
			}
		}
		sortRecords(w.ui)
		return nil
	})
}

// restore puts one rule back to what it was before a change.
func (w *wish) restore(st *state, id string, c *change) error {
	before, after, at := c.Before[id], c.After[id], st.find(id)
	switch {
	case at < 0 && after != 0:
		return conflict("the mapping has been removed since")
	case at >= 0 && after != st.ui[at].Revision:
		return conflict("mapping %q has been changed since by %s", st.ui[at].Rule.Name, st.ui[at].UpdatedBy)
	case before == nil:
		w.ui = slices.DeleteFunc(w.ui, func(r record) bool { return r.ID == id })
		return nil
	}
	back := *before
	back.Rule = tidy(back.Rule)
	if i := slices.IndexFunc(w.ui, func(r record) bool { return r.ID == id }); i >= 0 {
		back.Order = w.ui[i].Order
		w.ui[i] = back
	} else {
		w.ui = append(w.ui, back)
	}
	w.touch(id, true)
	return nil
}
