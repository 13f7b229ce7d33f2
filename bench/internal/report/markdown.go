package report

import (
	"fmt"
	"strings"
	"time"

	"gateway/bench/internal/load"
	"gateway/bench/internal/proc"
)

const intro = `# Benchmarks

Written by ` + "`cmd/compare`" + `; do not edit. How to read and repeat it: bench/README.md.

`

const columns = `
- **CPU us/event**: CPU time of the server process for one delivered event, all threads, user and kernel. Compare servers
  by this: deliveries a second are what the load asked for, as long as a server keeps up.
- **out of order**: deliveries that did not come in the order of publishing, per connection and topic, or came twice.
- **heap MiB**: heap and stacks in use at the end, garbage included (Node and the small servers collect it when asked; the
  gateway does not). From each server's /metrics; - if it has none. "n settled": in the first round, after 6.5 s without
  load, with all connections still open.
- **heap+stacks KiB/conn**, **goroutines/conn**, **RSS KiB/conn**: growth from no connection to all of them, after a garbage
  collection.
- **cost / X**: CPU us/event (idle: heap and stacks, or RSS where unknown, per connection; peak: time per delivery) divided
  by X's, median of the rounds' ratios. Below 1 is cheaper.
- **slow (n cut off)**: n of the stalled clients had been disconnected by the end.
`

// Markdown returns a whole document around a table.
func Markdown(table string, m proc.Machine, at time.Time, specs []load.Spec, rounds int) string {
	var b strings.Builder
	b.WriteString(intro)
	fmt.Fprintf(&b, "%s. %s. Server and load generator share the machine and talk over loopback.\n", at.UTC().Format(time.DateOnly), m)
	fmt.Fprintf(&b, "Medians of %d runs (peak and idle: one run), servers taking turns, each started afresh.\n\n", rounds)
	b.WriteString(table)
	b.WriteString(columns)
	b.WriteString("\nWorkloads:\n\n")
	for _, s := range specs {
		fmt.Fprintf(&b, "- %s\n", describe(s))
	}
	return b.String()
}

func describe(s load.Spec) string {
	name := fmt.Sprintf("**%s**: %d clients", s.Kind, s.Clients)
	toAll := fmt.Sprintf("%s, all get each of %d messages/s over %d topics, %d bytes", name, s.Rate, s.Topics, s.Size)
	switch s.Kind {
	case load.Fanout, load.Calm:
		return toAll + "."
	case load.Linger:
		return toAll + "; the server waits 5 ms to gather more for each write. Compared with fanout of the others."
	case load.Rooms:
		return fmt.Sprintf("%s, each subscribed to one topic; %d messages/s over %d topics, %d bytes.", name, s.Rate, s.Topics, s.Size)
	case load.Upstream:
		return fmt.Sprintf("%s emit %d events/s in all; one MQTT subscriber counts, %d bytes.", name, s.Rate, s.Size)
	case load.Events:
		return fmt.Sprintf("%s emit %d events/s in all; a handler in the server counts: no broker, %d bytes.", name, s.Rate, s.Size)
	case load.Polling:
		return toAll + "; they poll (HTTP long-polling)."
	case load.Peak:
		return fmt.Sprintf("%s, all get every message, %d bytes; from %d messages/s upward: the most deliveries/s of which at least 99.9 %% arrive.",
			name, s.Size, s.Rate)
	case load.Slow:
		return fmt.Sprintf("%s, while %d more read nothing.", toAll, s.Stalled)
	}
	return name + " that do nothing."
}
