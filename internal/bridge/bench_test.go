package bridge

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// nobody is an audience that costs nothing.
type nobody struct{ n atomic.Int64 }

func (*nobody) Live(string) bool { return true }
func (a *nobody) Emit(*Emission) { a.n.Add(1) }

func benchBus(b *testing.B, rules []mapping.Rule) *bus.Bus {
	table, err := mapping.Compile(rules)
	if err != nil {
		b.Fatal(err)
	}
	all := bus.New(bus.Options{})
	New(all, &nobody{}, trace.NewDrops(slog.New(slog.DiscardHandler))).Apply(table, nil)
	return all
}

func bench(b *testing.B, rules ...mapping.Rule) {
	all := benchBus(b, rules)
	topics := make([]string, 100)
	for i := range topics {
		topics[i] = fmt.Sprintf("home/room%d/temp", i)
	}
	p, payload := access.Anonymous(), []byte("21.5")
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		m := bus.Message{Topic: topics[i%len(topics)], Payload: payload, Principal: p, Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: "c"}}
		if _, err := all.Publish(m); err != nil {
			b.Fatal(err)
		}
	}
}

func roomsRule() mapping.Rule {
	return mapping.Rule{Name: "rooms", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}"}
}

// BenchmarkOneRule is the path that nearly every message takes: one rule, no expression.
func BenchmarkOneRule(b *testing.B) { bench(b, roomsRule()) }

func BenchmarkNoRule(b *testing.B) { bench(b) }

// BenchmarkFiltered is a message that `when` holds back.
func BenchmarkFiltered(b *testing.B) {
	hot := roomsRule()
	hot.When = "payload > 30"
	bench(b, hot)
}
