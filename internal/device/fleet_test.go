package device

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
)

// fleet is a service that runs, with boards that take updates as they are told to.
type fleet struct {
	*Service
	t       *testing.T
	records *memoryRecords
	version string // what to update to
	stop    func()
	changes chan RolloutChange

	mu       sync.Mutex
	updating int // boards that have been offered the version and are not through
	most     int
}

// newFleet is a service on records, with a bundle.
func newFleet(t *testing.T, records *memoryRecords) *fleet {
	t.Helper()
	f := &fleet{t: t, records: records, changes: make(chan RolloutChange, 1000)}
	bundle, err := newBundle("two", "two", map[string][]byte{"app.py": []byte("print(2)")})
	if err != nil {
		t.Fatal(err)
	}
	bundle.Builtin, f.version = true, bundle.Version
	f.Service, err = New(Options{Records: records, Builtin: bundle, RolledOut: func(c RolloutChange) { f.changes <- c }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); f.Run(ctx) }()
	f.stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(f.stop)
	return f
}

func newRecords() *memoryRecords { return &memoryRecords{data: map[[2]string][]byte{}} }

// unit is a board of a fleet.
type unit struct {
	*conn
	f       *fleet
	id, key string
	what    string // good, bad or silent: what it does with an update
	runs    string

	mu sync.Mutex
	x  *Session
}

func (f *fleet) add(id, what string) *unit {
	f.t.Helper()
	_, key, err := f.Add(id, id, access.Local())
	if err != nil {
		f.t.Fatal(err)
	}
	return &unit{conn: &conn{id: id}, f: f, id: id, key: key, what: what, runs: "one"}
}

// at is the same board at a fleet's next life.
func (u *unit) at(f *fleet, what, runs string) *unit {
	return &unit{conn: &conn{id: u.id}, f: f, id: u.id, key: u.key, what: what, runs: runs}
}

// come connects a board, which says what it runs.
func (u *unit) come() {
	nonce := make([]byte, nonceDigits/2)
	_, _ = rand.Read(nonce)
	c := u.f.Challenge(u.id, hex.EncodeToString(nonce))
	x, err := u.f.Enter(c, proof(u.key, "device", u.id, hex.EncodeToString(nonce), c.Nonce), u, "")
	if err != nil {
		u.f.t.Error(err)
		return
	}
	u.mu.Lock()
	u.x = x
	u.mu.Unlock()
	u.say("$hello", map[string]any{"version": u.runs})
}

func (u *unit) say(event string, value any) {
	u.mu.Lock()
	x := u.x
	u.mu.Unlock()
	data, _ := json.Marshal(value)
	if _, err := x.Control(event, []json.RawMessage{data}); err != nil {
		u.f.t.Errorf("%s of %s: %v", event, u.id, err)
	}
}

// Call takes an update.
func (u *unit) Call(_ context.Context, event string, _ ...any) (json.RawMessage, error) {
	if event != "$ota" {
		return json.RawMessage(`{"ok":true}`), nil
	}
	u.f.mu.Lock()
	u.f.updating++
	u.f.most = max(u.f.most, u.f.updating)
	u.f.mu.Unlock()
	switch u.what {
	case "refuses":
		u.f.through()
		return json.RawMessage(`{"ok":false,"error":"no room"}`), nil
	case "good":
		go u.install()
	}
	return json.RawMessage(`{"ok":true,"slot":"b"}`), nil
}

func (u *unit) install() {
	u.say("$ota", map[string]any{"ready": true, "slot": "b"})
	u.x.Left()
	u.runs = u.f.version
	u.f.through()
	u.come()
}

func (f *fleet) through() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.updating--
}

// roll starts a rollout and returns it.
func (f *fleet) roll(n NewRollout) Rollout {
	f.t.Helper()
	n.Version = f.version
	r, err := f.StartRollout(n, access.Local())
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// until waits for a rollout to be as wanted, and returns it with its boards.
func (f *fleet) until(id string, what string, is func(Rollout) bool) Rollout {
	f.t.Helper()
	for late := time.After(20 * time.Second); ; {
		r, err := f.Rollout(id)
		if err != nil {
			f.t.Fatal(err)
		}
		if is(r) {
			return r
		}
		select {
		case <-f.changes:
		case <-late:
			f.t.Fatalf("waited in vain for the rollout to be %s: %+v", what, r)
		}
	}
}

func (f *fleet) ended(id string) Rollout {
	f.t.Helper()
	return f.until(id, "over", func(r Rollout) bool { return r.State.Ended() })
}

// turns is a rollout in a line.
func turns(r Rollout) string {
	s := string(r.State)
	for _, t := range r.Boards {
		s += fmt.Sprintf(" %s:%s", t.ID, t.State)
	}
	return s
}
