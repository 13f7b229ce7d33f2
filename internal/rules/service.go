package rules

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gateway/pkg/mapping"
)

// Records keeps rules and the log of their changes. The store's adapter implements it.
type Records interface {
	// Each calls fn with every record of a bucket, in the order of keys.
	Each(bucket string, fn func(key string, data []byte) error) error
	// Write makes all changes or none, and returns once they are synced.
	Write(changes []Write) error
}

// Write is one change of a record; without Data it removes it.
type Write struct {
	Bucket, Key string
	Data        []byte
}

// Options are what a Service is made of. Records and Apply are needed, the others may be nil.
type Options struct {
	Records Records
	Apply   func(*mapping.Table)        // puts a table in force; called for one change at a time
	Renamed func(old, name string)      // called before the Apply that renames a rule, for what is kept by name
	Changed func(id, revision string)   // called after a change; id is empty when it is more than one rule
	Stats   func() map[string]RuleStats // by the rules' names
	Resume  func(rule string)           // ends the pause of a rule, by its name
	Recent  func(fn func(Sample) bool)  // calls fn with the messages recorded lately, newest first, until it returns false
	Last    func(topic string) (Sample, bool)
	Topics  func(fn func(Sample) bool)                       // calls fn with the last value of each topic, until it returns false
	Listen  func(name string, fn func(Sample)) (stop func()) // calls fn with each message, under its topic's lock
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service holds all rules. Make one with [New].
type Service struct {
	Options
	edit  sync.Mutex // one change at a time, its write to the disk included
	state atomic.Pointer[state]
	log   []change // the newest last; under edit

	previews chan struct{} // bounds how many run at once
	dry      dryruns
}

const (
	bucketRules = "mappings"
	bucketLog   = "mapping_changes"

	maxRules    = 1000     // of the UI
	maxRuleSize = 64 << 10 // bytes of one, as JSON
)

// New returns a service with the stored rules. Nothing is in force before [Service.SetFixed]. A record that cannot be read is left
// where it is and logged: it costs itself, not the gateway.
func New(o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, previews: make(chan struct{}, 2)}
	s.dry.runs = map[string]*dryrun{}
	ui, err := s.loadRules()
	if err != nil {
		return nil, err
	}
	if err := s.loadLog(); err != nil {
		return nil, err
	}
	gen := uint64(0)
	for _, r := range ui {
		gen = max(gen, r.Revision)
	}
	for _, c := range s.log {
		gen = max(gen, c.Gen)
	}
	none, _ := mapping.Compile(nil)
	s.state.Store(evaluate(nil, ui, gen, none))
	return s, nil
}

func (s *Service) loadRules() ([]record, error) {
	var ui []record
	err := s.Records.Each(bucketRules, func(key string, data []byte) error {
		var r record
		if err := json.Unmarshal(data, &r); err != nil || r.Version != recordVersion || r.ID != key {
			s.Logger.Error("a stored mapping cannot be read and is left out", "id", key, "version", r.Version, "err", err)
			return nil
		}
		r.Rule = tidy(r.Rule)
		ui = append(ui, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("stored mappings: %w", err)
	}
	sortRecords(ui)
	return ui, nil
}

func sortRecords(ui []record) {
	slices.SortStableFunc(ui, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
}

// SetFixed takes the rules of the config file and of the demo in the place of those before, and puts everything in force. The
// error, a *mapping.Problems, has every fault of every rule that should run, for the log: such rules are left out, the others run.
func (s *Service) SetFixed(file, demo []mapping.Rule) error {
	s.edit.Lock()
	defer s.edit.Unlock()
	old := s.state.Load()
	var list []fixed
	for _, r := range file {
		list = append(list, fixed{freeID(list, "file:"+r.Name), FromFile, r})
	}
	for _, r := range demo {
		list = append(list, fixed{freeID(list, "demo:"+r.Name), FromDemo, r})
	}
	s.install(evaluate(list, old.ui, old.gen, old.table))
	return s.Faults()
}

func freeID(list []fixed, id string) string {
	free := id
	for n := 2; slices.ContainsFunc(list, func(f fixed) bool { return f.id == free }); n++ {
		free = fmt.Sprintf("%s~%d", id, n)
	}
	return free
}

// install puts a state in force.
func (s *Service) install(st *state) {
	s.state.Store(st)
	s.Apply(st.table)
}

// Faults are the problems of all rules that should run and cannot, a *mapping.Problems; nil for none.
func (s *Service) Faults() error {
	st := s.state.Load()
	out := &mapping.Problems{}
	for _, f := range st.fixed {
		out.List = append(out.List, st.problems[f.id]...)
	}
	for _, r := range st.ui {
		if r.Enabled {
			out.List = append(out.List, st.problems[r.ID]...)
		}
	}
	if len(out.List) == 0 {
		return nil
	}
	return out
}

// FailedTests are the pinned tests of rules in force that do not hold: after an upgrade, they tell what has changed.
func (s *Service) FailedTests() []mapping.Problem { return failedTests(s.state.Load().table) }

// newID is an id that no rule has had.
func newID() string { return strings.ToLower(rand.Text()[:12]) }
