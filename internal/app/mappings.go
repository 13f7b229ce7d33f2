package app

import (
	"errors"

	"gateway/internal/bus"
	"gateway/internal/config"
	"gateway/internal/demo"
	"gateway/internal/rules"
	"gateway/pkg/mapping"
	"gateway/pkg/store"
)

// loadMappings puts the rules in force: those of the config file, of the demo, and those that people have made. A rule that does
// not stand costs itself: it is reported, and the others run.
func (g *gateway) loadMappings() (err error) {
	g.rules, err = rules.New(rules.Options{
		Records: records{g.store}, Apply: g.surface.Reload, Renamed: g.bridge.Rename, Changed: g.mappingsChanged, Stats: g.ruleStats, Resume: g.bridge.Resume,
		Recent: g.recorded, Last: g.lastValue, Topics: g.lastValues, Listen: g.listenIn, Logger: g.log,
	})
	if err != nil {
		return err
	}
	if err := g.fixedMappings(g.config.Mappings); err != nil {
		return err
	}
	for _, p := range g.rules.FailedTests() {
		g.log.Warn("a mapping does not do what its test says", "problem", p.String())
	}
	return nil
}

// fixedMappings puts the rules of the config file in force, with the demo's.
func (g *gateway) fixedMappings(file []mapping.Rule) error {
	var more []mapping.Rule
	if g.options.Demo {
		var err error
		if more, err = mapping.ParseTOML("demo", demo.Mappings()); err != nil {
			return err
		}
	}
	g.report(g.rules.SetFixed(file, more), true)
	_, revision := g.rules.List()
	g.changed("mappings", "", revision)
	return nil
}

// reload reads the file again. With any problem in it the rules in force stay: half a change is worse than none.
func (g *gateway) reload() {
	if g.options.Load == nil {
		g.log.Warn("nothing to reload: there is no config file")
		return
	}
	c, err := g.options.Load()
	if err == nil {
		_, err = mapping.Compile(c.Mappings)
	}
	if err != nil {
		g.log.Error("reload refused, the mappings stay as they were", "err", err)
		return
	}
	if keys := config.Changed(g.config, c); len(keys) > 0 {
		g.log.Warn("a reload applies mappings only: restart the gateway to apply the rest", "keys", keys)
	}
	g.config.Mappings = c.Mappings
	if err := g.fixedMappings(c.Mappings); err != nil {
		g.log.Error("reload refused, the mappings stay as they were", "err", err)
		return
	}
	g.log.Info("mappings reloaded", "mappings", g.bridge.Table().Len())
}

// report remembers what is wrong with the rules, and logs each problem once.
func (g *gateway) report(err error, log bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.problems = nil
	var problems *mapping.Problems
	if !errors.As(err, &problems) {
		return
	}
	for _, p := range problems.List {
		g.problems = append(g.problems, p.String())
		if log {
			g.log.Error("mapping left out", "problem", p.String())
		}
	}
}

// mappingsChanged is told of each change that somebody makes.
func (g *gateway) mappingsChanged(id, revision string) {
	g.report(g.rules.Faults(), false)
	g.changed("mappings", id, revision)
}

// tellDryRun sends how a dry run goes to the page.
func (g *gateway) tellDryRun(d rules.Dryrun) { g.surface.Tell("dryrun", d) }

// ruleStats are the bridge's counters, by the rules' names.
func (g *gateway) ruleStats() map[string]rules.RuleStats {
	out := map[string]rules.RuleStats{}
	for _, s := range g.bridge.Stats() {
		r := rules.RuleStats{In: s.In, Out: s.Out, Filtered: s.Filtered, Dropped: s.Dropped}
		if s.LastError != nil {
			r.LastError = &rules.Failure{Text: s.LastError.Text, At: s.LastError.At}
		}
		if until, paused := g.bridge.Paused(s.Rule); paused {
			r.Paused = &rules.Pause{Until: until, Reason: "its expressions were slow several times in a row"}
		}
		out[s.Rule] = r
	}
	return out
}

// recorded hands out what the ring has, newest first.
func (g *gateway) recorded(fn func(rules.Sample) bool) {
	list := g.bus.Recorded(0, g.bus.Seq())
	for i := len(list) - 1; i >= 0; i-- {
		m := list[i]
		if !fn(rules.Sample{Seq: m.Seq, At: m.At, Topic: m.Topic, Payload: m.Payload, Size: int(m.Size), QoS: m.QoS, Retain: m.Retain}) {
			return
		}
	}
}

func (g *gateway) lastValue(topic string) (rules.Sample, bool) {
	m, ok := g.bus.Last(topic)
	return sampleOf(&m), ok
}

func (g *gateway) lastValues(fn func(rules.Sample) bool) {
	g.bus.Values("#", func(m bus.Message) bool { return fn(sampleOf(&m)) })
}

// listenIn hands fn each message while it is on the bus.
func (g *gateway) listenIn(name string, fn func(rules.Sample)) (stop func()) {
	return g.bus.Attach(name, func(d *bus.Delivery) { fn(sampleOf(d.Message)) })
}

func sampleOf(m *bus.Message) rules.Sample {
	return rules.Sample{Seq: m.Seq, At: m.At, Topic: m.Topic, Payload: m.Payload, Size: len(m.Payload), QoS: m.QoS, Retain: m.Retain}
}

// records keeps the rules in the store.
type records struct{ store *store.Store }

func (r records) Each(bucket string, fn func(key string, data []byte) error) error {
	return r.store.EachRecord(bucket, fn)
}

func (r records) Write(changes []rules.Write) error {
	return r.store.Update(func(tx *store.Tx) error {
		for _, w := range changes {
			err := error(nil)
			if w.Data == nil {
				err = tx.Delete(w.Bucket, w.Key)
			} else {
				err = tx.Put(w.Bucket, w.Key, w.Data)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
