package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// A model is what a store should hold: the same promises, kept without a disk.
type model struct {
	values   map[string]Value
	retained map[string]Retained
	records  map[string]string
	used     []string // topics of values, the longest unused first
	max      int
	maxSeq   uint64
}

func newModel(limit int) *model {
	return &model{values: map[string]Value{}, retained: map[string]Retained{}, records: map[string]string{}, max: limit}
}

func (m *model) clone() *model {
	c := *m
	c.values, c.retained, c.records = maps.Clone(m.values), maps.Clone(m.retained), maps.Clone(m.records)
	c.used = slices.Clone(m.used)
	return &c
}

func (m *model) touch(topic string) {
	m.used = slices.DeleteFunc(m.used, func(u string) bool { return u == topic })
	m.used = append(m.used, topic)
}

func (m *model) put(v Value) {
	m.values[v.Topic] = v
	m.maxSeq = max(m.maxSeq, v.Seq)
	m.touch(v.Topic)
	if len(m.values) > m.max {
		delete(m.values, m.used[0])
		m.used = m.used[1:]
	}
}

func (m *model) delete(topic string) {
	delete(m.values, topic)
	m.used = slices.DeleteFunc(m.used, func(u string) bool { return u == topic })
}

// reopened is the model after a restart: the order of use is that of age.
func (m *model) reopened() *model {
	m = m.clone()
	slices.SortFunc(m.used, func(a, b string) int { return int(m.values[a].Seq) - int(m.values[b].Seq) })
	return m
}

func (m *model) compare(t *testing.T, s *Store) {
	t.Helper()
	got := map[string]Value{}
	s.Match("#", func(v Value) bool { got[v.Topic] = v; return true })
	if !maps.EqualFunc(got, m.values, sameValue) {
		t.Fatalf("values differ:\nhave %v\nwant %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(m.values)))
	}
	retained := map[string]Retained{}
	must(t, s.EachRetained(func(r Retained) error { retained[r.Topic] = r; return nil }))
	if !maps.EqualFunc(retained, m.retained, sameRetained) {
		t.Fatalf("retained differ:\nhave %v\nwant %v", retained, m.retained)
	}
	records := map[string]string{}
	must(t, s.EachRecord("r", func(k string, d []byte) error { records[k] = string(d); return nil }))
	if !maps.Equal(records, m.records) {
		t.Fatalf("records differ:\nhave %v\nwant %v", records, m.records)
	}
	if s.MaxSeq() < m.maxSeq {
		t.Fatalf("MaxSeq %d, want at least %d", s.MaxSeq(), m.maxSeq)
	}
	must(t, s.Check())
}

func sameRetained(a, b Retained) bool {
	return a.Topic == b.Topic && bytes.Equal(a.Payload, b.Payload) && a.QoS == b.QoS && a.At.Equal(b.At) &&
		a.Expiry == b.Expiry && bytes.Equal(a.Props, b.Props)
}

// A simulation drives a store and its model with the same random operations.
type simulation struct {
	*rand.Rand
	s       *Store
	now     *model // what memory should hold
	durable *model // what should be left after a crash
	failing string // the step of the disk that fails
	meddle  bool   // use the store while it writes, from within the step
	unsure  bool   // a write failed since: more than durable may be left
	seq     uint64
}

var errDisk = errors.New("disk on fire")

func (sim *simulation) options() Options {
	o := slow()
	o.MaxTopics = sim.now.max
	o.chunk = 7
	o.fault = func(step string) error {
		if sim.meddle {
			sim.meddleAt(step)
		}
		if sim.failing != "" && step == sim.failing {
			return errDisk
		}
		return nil
	}
	return o
}

func (sim *simulation) topic() string {
	return fmt.Sprintf("%d/%d/%d", sim.IntN(3), sim.IntN(12), sim.IntN(2))
}

// meddleAt uses the store as others may while it writes. What they do is not
// known to be durable.
func (sim *simulation) meddleAt(step string) {
	sim.meddle = false
	for range sim.IntN(4) {
		sim.unsure = true
		if topic := sim.topic(); sim.IntN(2) == 0 {
			sim.s.Delete(topic)
			sim.now.delete(topic)
		} else {
			sim.seq++
			v := value(topic, fmt.Sprint(sim.Uint64()), sim.seq)
			sim.s.Put(v)
			sim.now.put(v)
		}
		if step == "bolt commit" && sim.IntN(2) == 0 {
			sim.s.Flush() //nolint:errcheck // it is tried again
		}
	}
}

func (sim *simulation) step(t *testing.T) string {
	t.Helper()
	switch n := sim.IntN(100); {
	case n < 50:
		sim.seq++
		v := value(sim.topic(), fmt.Sprint(sim.Uint64()), sim.seq)
		sim.s.Put(v)
		sim.now.put(v)
		return "put"
	case n < 60:
		topic := sim.topic()
		if _, ok := sim.s.Get(topic); ok {
			sim.now.touch(topic)
		}
		return "get"
	case n < 68:
		topic := sim.topic()
		sim.s.Delete(topic)
		sim.now.delete(topic)
		return "delete"
	case n < 74:
		r := Retained{Topic: sim.topic(), Payload: fmt.Append(nil, sim.Uint32()), Expiry: sim.Uint32(), Props: []byte("p")}
		sim.putRetained(t, r)
		return "put retained"
	case n < 77:
		topic := sim.topic()
		must(t, sim.s.DeleteRetained(topic))
		delete(sim.now.retained, topic)
		return "delete retained"
	case n < 79:
		sim.record(t)
		return "record"
	default:
		return sim.stepDisk(t, n)
	}
}

// putRetained is refused when the topic is one too many.
func (sim *simulation) putRetained(t *testing.T, r Retained) {
	t.Helper()
	err := sim.s.PutRetained(r)
	if _, has := sim.now.retained[r.Topic]; !has && len(sim.now.retained) == sim.now.max {
		if !errors.Is(err, ErrFull) {
			t.Fatalf("PutRetained into a full store: %v", err)
		}
		return
	}
	must(t, err)
	sim.now.retained[r.Topic] = r
}

// record is durable at once, unless it fails.
func (sim *simulation) record(t *testing.T) {
	t.Helper()
	key, data := fmt.Sprint(sim.IntN(5)), fmt.Sprint(sim.Uint32())
	err := sim.s.PutRecord("r", key, []byte(data))
	if sim.failing == "bolt commit" {
		if !errors.Is(err, errDisk) {
			t.Fatalf("PutRecord on a failing disk: %v", err)
		}
		return
	}
	must(t, err)
	sim.now.records[key], sim.durable.records[key] = data, data
}

func (sim *simulation) stepDisk(t *testing.T, n int) string {
	t.Helper()
	switch {
	case n < 87:
		sim.write(t, sim.s.Flush)
		return "flush"
	case n < 91:
		sim.write(t, sim.s.Checkpoint)
		return "checkpoint"
	case n < 95:
		steps := []string{"", "", "log write", "log sync", "segment create", "segment install", "bolt commit", "segment remove"}
		sim.failing = steps[sim.IntN(len(steps))]
		return "disk: " + sim.failing
	case n < 97:
		sim.failing, sim.unsure = "", false
		sim.s = reopen(t, sim.s)
		sim.now = sim.now.reopened()
		sim.durable = sim.now.clone()
		return "reopen"
	default:
		sim.crash(t)
		return "crash"
	}
}

// write flushes. On success, all there was is durable.
func (sim *simulation) write(t *testing.T, flush func() error) {
	t.Helper()
	before := sim.now.clone()
	sim.unsure, sim.meddle = false, sim.IntN(2) == 0
	err := flush()
	sim.meddle = false
	switch {
	case err == nil:
		sim.durable = before
	case sim.failing == "" || !errors.Is(err, errDisk):
		t.Fatalf("with failing step %q: %v", sim.failing, err)
	default:
		sim.unsure = true
	}
}

// crash goes on from a copy of the directory. Where a failed write leaves it
// open what the disk holds, it makes it certain first.
func (sim *simulation) crash(t *testing.T) {
	t.Helper()
	sim.failing = ""
	for sim.unsure {
		sim.write(t, sim.s.Flush)
	}
	dir := copyDir(t, sim.s.dir)
	closeStore(t, sim.s)
	sim.s = open(t, dir, sim.options())
	sim.now = sim.durable.reopened()
	sim.durable = sim.now.clone()
	sim.seq = sim.s.MaxSeq()
}

func TestSimulation(t *testing.T) {
	steps := 2000
	if testing.Short() {
		steps = 300
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			sim := &simulation{Rand: rand.New(rand.NewPCG(seed, 2)), now: newModel(40), durable: newModel(40)}
			sim.s = open(t, fastDir(t), sim.options())
			for i := range steps {
				did := sim.step(t)
				if did == "crash" || did == "reopen" || i%50 == 0 {
					sim.now.compare(t, sim.s)
				}
				if t.Failed() {
					t.Fatalf("at step %d: %s", i, did)
				}
			}
			sim.failing = ""
		})
	}
}
