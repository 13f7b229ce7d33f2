package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"gateway/internal/access"
	"gateway/internal/records"
)

const (
	// lookEvery bounds how late an end at a date is noticed after the clock was set.
	lookEvery = 15 * time.Second
	// writeEvery is how often it is written down what was used when: an SD card does not live for ever.
	writeEvery = time.Hour
)

// Run ends logins and tells of tokens that expire, until ctx ends; then it writes down what was used when.
func (s *Service) Run(ctx context.Context) error {
	written := s.clock.elapsed()
	for {
		next := s.sweep()
		if s.clock.elapsed()-written >= writeEvery {
			written = s.clock.elapsed()
			if err := s.Flush(); err != nil {
				s.log.Warn("it was not written down when tokens were used", "err", err)
			}
		}
		timer := time.NewTimer(min(next, lookEvery))
		select {
		case <-ctx.Done():
			timer.Stop()
			return s.Flush()
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// sweep ends what is over, and returns in how long it has to look again.
func (s *Service) sweep() time.Duration {
	s.endSessions()
	expired, next := s.expiredTokens()
	for _, id := range expired {
		s.log.Info("a token expired", "token", id)
		s.tell(Change{ofToken(id), "token " + id + " expired"})
		s.changed("tokens", id)
	}
	return next
}

func (s *Service) endSessions() {
	now := s.clock.elapsed()
	s.writing.Lock()
	over := map[string]struct{}{}
	n := s.dropSessions(func(x *session) bool {
		if x.over(now) {
			over[x.ID] = struct{}{}
		}
		return x.over(now)
	})
	s.writing.Unlock()
	if n > 0 {
		s.tell(Change{func(p *access.Principal) bool { _, ok := over[p.Session]; return ok }, "the login has expired"})
	}
}

// expiredTokens are those that nobody was told of yet. A clock that is set back brings them to life again.
func (s *Service) expiredTokens() (ids []string, next time.Duration) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now, next := s.clock.wall(), lookEvery
	for id, t := range s.tokens {
		switch {
		case t.ExpiresAt == nil:
		case !t.expired(now):
			t.told.Store(false)
			next = min(next, t.ExpiresAt.Sub(now))
		case !t.told.Swap(true):
			ids = append(ids, id)
		}
	}
	return ids, next
}

// seenRecord is when sessions and tokens were used last. It is one record, so that it is one write.
type seenRecord struct {
	Sessions map[string]time.Time `json:"sessions"`
	Tokens   map[string]use       `json:"tokens"`
}

// Flush writes down when logins and tokens were used last, if that has changed.
func (s *Service) Flush() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	r := seenRecord{map[string]time.Time{}, map[string]use{}}
	s.mu.Lock()
	for id, x := range s.sessions {
		r.Sessions[id] = s.clock.date(time.Duration(x.seen.Load()))
	}
	for id, t := range s.tokens {
		if u := t.use.Load(); u != nil {
			r.Tokens[id] = use{u.At.UTC().Truncate(time.Second), u.From}
		}
	}
	same := maps.EqualFunc(r.Sessions, s.kept.Sessions, time.Time.Equal) && maps.Equal(r.Tokens, s.kept.Tokens)
	s.mu.Unlock()
	if same {
		return nil
	}
	if err := records.Put(s.records, bucketSeen, keySeen, r); err != nil {
		return err
	}
	s.kept = r
	return nil
}

// loadSeen gives tokens their last use, and returns when sessions were seen.
func (s *Service) loadSeen() (map[string]time.Time, error) {
	var r seenRecord
	err := s.records.EachRecord(bucketSeen, func(key string, data []byte) error {
		if key == keySeen {
			return json.Unmarshal(data, &r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load when tokens were used: %w", err)
	}
	for id, u := range r.Tokens {
		s.clock.saw(u.At)
		if t := s.tokens[id]; t != nil {
			t.use.Store(&u)
		}
	}
	for _, at := range r.Sessions {
		s.clock.saw(at)
	}
	s.kept = r
	return r.Sessions, nil
}

// loadSessions takes up the logins of earlier runs, and removes those that have ended.
func (s *Service) loadSessions(seen map[string]time.Time) error {
	kept := map[string]*sessionRecord{}
	if err := records.Each(s.records, bucketSessions, func(id string, r *sessionRecord) {
		kept[id] = r
		s.clock.saw(r.CreatedAt)
	}); err != nil {
		return err
	}
	for id, r := range kept {
		x := &session{sessionRecord: *r, ID: id, born: s.clock.since(r.CreatedAt)}
		last := seen[id]
		if last.Before(r.CreatedAt) {
			last = r.CreatedAt
		}
		x.seen.Store(int64(s.clock.since(last)))
		u := s.users[r.User]
		if u == nil || u.Epoch != r.Epoch || x.over(s.clock.elapsed()) {
			if err := records.Delete(s.records, bucketSessions, id); err != nil {
				return err
			}
			continue
		}
		x.principal = principalOf(u, id)
		s.sessions[id] = x
	}
	return nil
}
