package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/records"
)

// memory is Records that a test can look into, break, and give to the next service.
type memory struct {
	mu     sync.Mutex
	m      map[string]map[string]string
	writes int
	broken error
}

func (m *memory) PutRecord(bucket, key string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if m.m == nil {
		m.m = map[string]map[string]string{}
	}
	if m.m[bucket] == nil {
		m.m[bucket] = map[string]string{}
	}
	m.m[bucket][key] = string(data)
	m.writes++
	return nil
}

func (m *memory) DeleteRecord(bucket, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	delete(m.m[bucket], key)
	m.writes++
	return nil
}

func (m *memory) EachRecord(bucket string, fn func(key string, data []byte) error) error {
	m.mu.Lock()
	records := maps.Clone(m.m[bucket])
	m.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if err := fn(key, []byte(records[key])); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprint(m.m)
}

// world is a service with a clock that a test turns.
type world struct {
	*Service
	t       *testing.T
	records *memory
	now     time.Time
	elapsed time.Duration
	changes []Change
	codes   []SetupCode
}

var _ records.Store = &memory{}

func aDay() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func newWorld(t *testing.T) *world {
	w := &world{t: t, records: &memory{}, now: aDay()}
	w.restart()
	return w
}

// restart makes a new service of the records, as after a kill.
func (w *world) restart() {
	w.t.Helper()
	s, err := New(Options{
		Records: w.records, Policy: Policy{Never}, Now: func() time.Time { return w.now }, Elapsed: func() time.Duration { return w.elapsed },
		ShowCode: func(c SetupCode) { w.codes = append(w.codes, c) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.hasher.cost = cost{memory: 64, passes: 1} // tests need not be slow
	s.hasher.dummy = s.hasher.cost.encode(make([]byte, saltLen), make([]byte, keyLen))
	s.OnChange(func(c Change) { w.changes = append(w.changes, c) })
	w.Service = s
}

// wait lets time pass.
func (w *world) wait(d time.Duration) { w.now, w.elapsed = w.now.Add(d), w.elapsed+d }

const good = "a horse of staples"

var errDisk = errors.New("the disk is full")

func (w *world) user(name string, role access.Role) User {
	w.t.Helper()
	u, err := w.AddUser(context.Background(), name, good, role)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// anAdmin makes root, so that other users may be anything.
func (w *world) anAdmin() { w.user("root", access.RoleAdmin) }

func (w *world) login(name, from string) Login {
	w.t.Helper()
	l, err := w.Login(context.Background(), name, good, Sender{Address: from, Agent: "test"})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) token(n NewToken) (Token, string) {
	w.t.Helper()
	n.By = access.Local()
	t, secret, err := w.AddToken(n)
	if err != nil {
		w.t.Fatal(err)
	}
	return t, secret
}

// matched reports whether any change so far concerns p.
func (w *world) matched(p *access.Principal) bool {
	return slices.ContainsFunc(w.changes, func(c Change) bool { return c.Match(p) })
}

// refused checks an error's reason and code.
func refused(t *testing.T, what string, err error, code fault.Code, why error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: not refused", what)
		return
	}
	if fault.CodeOf(err) != code || why != nil && !errors.Is(err, why) {
		t.Errorf("%s: %v (%s), want %s, %v", what, err, fault.CodeOf(err), code, why)
	}
}
