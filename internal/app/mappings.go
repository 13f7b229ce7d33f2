package app

import (
	"errors"

	"gateway/internal/config"
	"gateway/internal/demo"
	"gateway/pkg/mapping"
)

// loadMappings puts the rules of the config file, and of the demo, in force. A rule that does not stand costs itself: it is
// reported, and the others run.
func (g *gateway) loadMappings() error {
	rules := g.config.Mappings
	if g.options.Demo {
		more, err := mapping.ParseTOML("demo", demo.Mappings())
		if err != nil {
			return err
		}
		rules = append(rules[:len(rules):len(rules)], more...)
	}
	table, err := mapping.Compile(rules)
	g.report(err)
	g.surface.Reload(table)
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
	if err := g.loadMappings(); err != nil {
		g.log.Error("reload refused, the mappings stay as they were", "err", err)
		return
	}
	g.log.Info("mappings reloaded", "mappings", g.bridge.Table().Len())
}

// report remembers what is wrong with the rules, and logs each problem once.
func (g *gateway) report(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.problems = nil
	var problems *mapping.Problems
	if !errors.As(err, &problems) {
		return
	}
	for _, p := range problems.List {
		g.problems = append(g.problems, p.String())
		g.log.Error("mapping left out", "problem", p.String())
	}
}
