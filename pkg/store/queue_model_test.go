package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// A queueModel is what a queue should hold: items as id:data, in order.
type queueModel struct {
	items   []string
	records map[string]string
}

func (m *queueModel) clone() *queueModel {
	return &queueModel{slices.Clone(m.items), maps.Clone(m.records)}
}

type queueModels map[string]*queueModel

func (m queueModels) clone() queueModels {
	c := queueModels{}
	for name, q := range m {
		c[name] = q.clone()
	}
	return c
}

func (m queueModels) get(name string) *queueModel {
	if m[name] == nil {
		m[name] = &queueModel{records: map[string]string{}}
	}
	return m[name]
}

// A queueSimulation drives queues and their models with the same random
// operations, on a disk that fails now and then.
type queueSimulation struct {
	*rand.Rand
	s       *Store
	now     queueModels  // what readers should see
	durable queueModels  // what a crash should leave
	failing atomic.Value // the step of the disk that fails, "" for none
	unsure  bool         // a commit failed: more than durable may be left
	removed []string     // queue and item, of what was removed and not waited for
}

func (sim *queueSimulation) options() Options {
	o := slow()
	o.chunk = 3
	o.fault = func(step string) error {
		if step == sim.failing.Load() {
			return errDisk
		}
		return nil
	}
	return o
}

func (sim *queueSimulation) queue(t *testing.T) *Queue {
	q := openQueue(t, sim.s, fmt.Sprint("q", sim.IntN(3)), QueueOptions{})
	sim.now.get(q.Name())
	return q
}

// batch changes one or two queues at random, and sometimes waits for it.
func (sim *queueSimulation) batch(t *testing.T) {
	b := sim.s.Batch()
	next := sim.now.clone()
	var appended []*queueModel
	for range 1 + sim.IntN(5) {
		q := sim.queue(t)
		m := next.get(q.Name())
		key, data := fmt.Sprint("k", sim.IntN(3)), fmt.Sprint(sim.Uint32())
		switch n := sim.IntN(10); {
		case n < 4:
			b.Append(q, []byte(data))
			m.items = append(m.items, data) // its id is not known yet
			appended = append(appended, m)
		case n < 7:
			if items := sim.now[q.Name()].items; len(items) > 0 {
				item := items[sim.IntN(min(len(items), 4))]
				b.Remove(q, uint64(number([]byte(strings.Split(item, ":")[0]))))
				m.items = slices.DeleteFunc(m.items, func(i string) bool { return i == item })
			}
		case n < 9:
			b.Put(q, key, []byte(data))
			m.records[key] = data
		default:
			b.Delete(q, key)
			delete(m.records, key)
		}
	}
	if len(b.ops) == 0 {
		return // an empty batch has nothing to wait for, and tells nothing of others
	}
	c, err := b.Commit()
	must(t, err)
	for i, id := range b.IDs() {
		m := appended[i]
		at := slices.IndexFunc(m.items, func(item string) bool { return !strings.Contains(item, ":") })
		m.items[at] = fmt.Sprint(id, ":", m.items[at])
	}
	sim.committed(t, c.Wait(t.Context()), next)
}

// committed says what became of a batch that leads to next.
func (sim *queueSimulation) committed(t *testing.T, err error, next queueModels) {
	t.Helper()
	at := sim.failing.Load()
	switch failing := at != "" && at != "bolt commit"; {
	case err == nil:
		sim.now = next
		sim.durable, sim.unsure = next.clone(), false
	case failing && errors.Is(err, ErrUnavailable):
		sim.unsure = true
		for name, m := range sim.now { // what was removed stays removed
			m.items = slices.DeleteFunc(m.items, func(i string) bool { return !slices.Contains(next[name].items, i) })
		}
	default:
		t.Fatalf("commit with failing step %q: %v", at, err)
	}
}

func (sim *queueSimulation) step(t *testing.T) {
	t.Helper()
	switch n := sim.IntN(100); {
	case n < 70:
		sim.batch(t)
	case n < 80: // nobody waits
		q := sim.queue(t)
		if m := sim.now[q.Name()]; len(m.items) > 0 {
			q.Remove(uint64(number([]byte(strings.Split(m.items[0], ":")[0]))))
			sim.removed = append(sim.removed, q.Name()+" "+m.items[0])
			m.items = m.items[1:]
		}
	case n < 84:
		if sim.s.Checkpoint() == nil {
			sim.durable, sim.unsure = sim.now.clone(), false
		} else {
			sim.unsure = true // it may have flushed first
		}
	case n < 89:
		steps := []string{"", "", "log write", "log sync", "bolt commit", "segment create"}
		sim.failing.Store(steps[sim.IntN(len(steps))])
	case n < 92 && sim.failing.Load() == "":
		q := sim.queue(t)
		next := sim.now.clone()
		delete(next, q.Name())
		sim.committed(t, sim.s.DeleteQueue(q.Name()), next)
	case n < 96:
		sim.settle(t)
		sim.s = reopen(t, sim.s)
	default:
		sim.crash(t)
	}
}

// settle makes all durable.
func (sim *queueSimulation) settle(t *testing.T) {
	t.Helper()
	sim.failing.Store("")
	must(t, sim.s.Flush())
	sim.durable, sim.unsure = sim.now.clone(), false
}

func (sim *queueSimulation) crash(t *testing.T) {
	t.Helper()
	if sim.unsure {
		sim.settle(t)
	}
	sim.failing.Store("")
	dir := copyDir(t, sim.s.dir)
	closeStore(t, sim.s)
	sim.s = open(t, dir, sim.options())
	// What was removed and not waited for may be back, or not: a commit for something else may have taken it along.
	for _, removed := range sim.removed {
		name, item, _ := strings.Cut(removed, " ")
		if m := sim.durable[name]; m != nil && !sim.has(t, name, item) {
			m.items = slices.DeleteFunc(m.items, func(i string) bool { return i == item })
		}
	}
	sim.removed = nil
	sim.now = sim.durable.clone()
}

func (sim *queueSimulation) has(t *testing.T, queue, item string) bool {
	t.Helper()
	items, err := openQueue(t, sim.s, queue, QueueOptions{}).Next(0, 1<<20)
	must(t, err)
	return slices.ContainsFunc(items, func(i Item) bool { return fmt.Sprintf("%d:%s", i.ID, i.Data) == item })
}

func (sim *queueSimulation) compare(t *testing.T) {
	t.Helper()
	for name, m := range sim.now {
		q := openQueue(t, sim.s, name, QueueOptions{})
		wantContents(t, q, strings.Join(m.items, " "))
		records := map[string]string{}
		q.Records("", func(key string, data []byte) bool { records[key] = string(data); return true })
		if !maps.Equal(records, m.records) {
			t.Errorf("queue %s has records %v, want %v", name, records, m.records)
		}
	}
	must(t, sim.s.Check())
}

func TestQueueSimulation(t *testing.T) {
	seeds, steps := uint64(6), 600
	if long() {
		seeds, steps = 60, 2000
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			sim := &queueSimulation{Rand: rand.New(rand.NewPCG(seed, 3)), now: queueModels{}, durable: queueModels{}}
			sim.failing.Store("")
			sim.s = open(t, fastDir(t), sim.options())
			for i := range steps {
				sim.step(t)
				if i%5 == 0 {
					sim.compare(t)
				}
				if t.Failed() {
					t.Fatalf("at step %d", i)
				}
			}
			sim.failing.Store("")
		})
	}
}
