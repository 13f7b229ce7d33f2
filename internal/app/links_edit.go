package app

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"gateway/internal/api"
	"gateway/internal/fault"
	"gateway/internal/link"
	"gateway/pkg/store"
)

const (
	linksBucket   = "links"        // name -> storedLink
	secretsBucket = "link_secrets" // name -> password
	maxLinks      = 50             // that people have made
)

// storedLink is the record of a link that somebody made. Its password is in a bucket of its own.
type storedLink struct {
	Config  api.LinkConfig `json:"config"`
	Changes uint64         `json:"changes"`
}

// load makes the links that people have made. One that does not stand any more costs itself.
func (l *links) load() error {
	stored := map[string][]byte{}
	err := l.g.store.EachRecord(linksBucket, func(name string, data []byte) error {
		stored[name] = slices.Clone(data)
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(stored)) {
		if err := l.revive(name, stored[name]); err != nil {
			l.g.log.Error("link left out", "link", name, "err", err)
		}
	}
	return err
}

func (l *links) revive(name string, data []byte) error {
	var s storedLink
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if l.find(name) != nil {
		return errors.New("the config file has a link of this name")
	}
	password, _, err := l.g.store.GetRecord(secretsBucket, name)
	if err != nil {
		return err
	}
	c, err := configOf(s.Config, string(password))
	if err != nil {
		return err
	}
	return l.add(&namedLink{name: name, config: c, changes: s.Changes})
}

// Create implements [api.LinkService].
func (l *links) Create(_ context.Context, change api.LinkChange) (api.Link, error) {
	l.editing.Lock()
	defer l.editing.Unlock()
	name := change.Config.Name
	if l.find(name) != nil {
		return api.Link{}, api.Conflict("there is a link %q already", name)
	}
	if len(l.all()) >= maxLinks+len(l.g.config.Links) {
		return api.Link{}, api.Conflict("%d links are the most", maxLinks)
	}
	return l.put(nil, name, change, orEmpty(change.Password), 1)
}

// Replace implements [api.LinkService]. Between the old and the new, messages that the link would keep are refused: see holdBack.
func (l *links) Replace(_ context.Context, name, revision string, change api.LinkChange) (api.Link, error) {
	l.editing.Lock()
	defer l.editing.Unlock()
	before, err := l.editable(name, revision)
	if err != nil {
		return api.Link{}, err
	}
	if change.Config.Name != name {
		return api.Link{}, api.InvalidFields(api.FieldProblem{
			Field: "config.name", Message: "cannot be changed", Remedy: "make another link and remove this one",
		})
	}
	password := before.config.Password
	if change.Password != nil {
		password = *change.Password
	}
	return l.put(before, name, change, password, before.changes+1)
}

// Remove implements [api.LinkService].
func (l *links) Remove(_ context.Context, name, revision string) error {
	l.editing.Lock()
	defer l.editing.Unlock()
	n, err := l.editable(name, revision)
	if err != nil {
		return err
	}
	err = l.g.store.Update(func(tx *store.Tx) error {
		if err := tx.Delete(linksBucket, name); err != nil {
			return err
		}
		return tx.Delete(secretsBucket, name)
	})
	if err != nil {
		return fault.New(fault.Unavailable, "the link could not be removed: %w", err)
	}
	l.end(n)
	if err := l.g.store.DeleteQueue(outboxPrefix + name); err != nil {
		l.g.log.Warn("the outbox of a removed link stays", "link", name, "err", err)
	}
	l.g.changed("links", name, "")
	return nil
}

// editable finds a link that may be changed by somebody who has read that revision of it.
func (l *links) editable(name, revision string) (*namedLink, error) {
	n := l.find(name)
	switch {
	case n == nil:
		return nil, api.NotFound("link", name)
	case n.fixed:
		return nil, api.Conflict("link %q is in the config file: change it there", name)
	case revision != "*" && revision != n.revision():
		return nil, api.Stale()
	}
	return n, nil
}

// put checks a link, writes it, and lets it take the place of the one before.
func (l *links) put(before *namedLink, name string, change api.LinkChange, password string, changes uint64) (api.Link, error) {
	c, err := configOf(change.Config, password)
	if err == nil {
		err = checkLink(c)
	}
	if err != nil {
		return api.Link{}, err
	}
	if err := l.write(name, storedLink{change.Config, changes}, password); err != nil {
		return api.Link{}, err
	}
	if before != nil {
		defer l.holdBack(before)()
		l.end(before)
	}
	n := &namedLink{name: name, config: c, changes: changes}
	if err := l.add(n); err != nil {
		return api.Link{}, fault.New(fault.Invalid, "the link is stored but cannot work: %v", err)
	}
	l.g.changed("links", name, n.revision())
	return n.api(), nil
}

func (l *links) write(name string, s storedLink, password string) error {
	s.Config.PasswordSet = false
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	err = l.g.store.Update(func(tx *store.Tx) error {
		if err := tx.Put(linksBucket, name, data); err != nil {
			return err
		}
		if password == "" {
			return tx.Delete(secretsBucket, name)
		}
		return tx.Put(secretsBucket, name, []byte(password))
	})
	if err != nil {
		return fault.New(fault.Unavailable, "the link could not be stored: %w", err)
	}
	return nil
}

// checkLink refuses what would not work, with the fields as the page has them.
func checkLink(c link.Config) error {
	err := c.Ready()
	if err == nil {
		return nil
	}
	var wrong []api.FieldProblem
	for line := range strings.Lines(err.Error()) { // errors that were joined
		field, message, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found || strings.Contains(field, " ") {
			field, message = "", strings.TrimSpace(line)
		}
		wrong = append(wrong, api.FieldProblem{Field: strings.TrimSuffix("config."+field, "."), Message: message})
	}
	return api.InvalidFields(wrong...)
}

const testTime = 20 * time.Second

// Test implements [api.LinkService].
func (l *links) Test(ctx context.Context, change api.LinkChange) api.LinkTest {
	password := orEmpty(change.Password)
	if n := l.find(change.Config.Name); n != nil && change.Password == nil && sameTarget(n.config, change.Config) {
		password = n.config.Password
	}
	c, err := configOf(change.Config, password)
	if err != nil {
		return api.LinkTest{Steps: []api.LinkTestStep{{Name: link.StepConfig, Text: err.Error()}}}
	}
	if n := l.find(change.Config.Name); n != nil && n.fixed && sameTarget(n.config, change.Config) {
		c.PasswordFile = n.config.PasswordFile
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	out := api.LinkTest{OK: true, Steps: []api.LinkTestStep{}}
	for _, s := range link.Probe(ctx, c) {
		out.OK = out.OK && s.Err == nil
		out.Steps = append(out.Steps, api.LinkTestStep{Name: s.Name, OK: s.Err == nil, Text: s.Text, MS: s.Took.Milliseconds()})
	}
	return out
}

// sameTarget reports whether a stored password goes where it was meant to go: whoever changes the address has to know it.
func sameTarget(c link.Config, other api.LinkConfig) bool {
	return c.URL == other.URL && c.Username == other.Username
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
