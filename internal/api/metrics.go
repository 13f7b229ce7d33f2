package api

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Sample is one figure for /metrics.
type Sample struct {
	Name   string // with the prefix gateway_ and, for counters, the suffix _total
	Help   string
	Labels []string // name, value, name, value, ...
	Value  float64
	Gauge  bool
}

// Metrics serves what collect gives, and the Go runtime's own figures, in Prometheus' text format. collect is called for each
// scrape: nothing is counted twice, and the hot path pays for plain counters only. Tokens of clients and devices get what names
// neither a mapping nor a link.
func Metrics(collect func(add func(Sample))) http.Handler {
	all := metricsOf(collect)
	some := metricsOf(func(add func(Sample)) {
		collect(func(s Sample) {
			if !s.names("mapping") && !s.names("link") {
				add(s)
			}
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if outsider(principalOf(r.Context())) {
			some.ServeHTTP(w, r)
			return
		}
		all.ServeHTTP(w, r)
	})
}

// names reports whether a sample has a label that says something.
func (s *Sample) names(label string) bool {
	for i := 0; i+1 < len(s.Labels); i += 2 {
		if s.Labels[i] == label {
			return s.Labels[i+1] != ""
		}
	}
	return false
}

func metricsOf(collect func(add func(Sample))) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collector(collect),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

type collector func(add func(Sample))

// Describe sends nothing: the collector is unchecked, since rules and reasons come and go.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect turns samples into metrics.
func (c collector) Collect(out chan<- prometheus.Metric) {
	c(func(s Sample) {
		var names, values []string
		for i := 0; i+1 < len(s.Labels); i += 2 {
			names = append(names, s.Labels[i])
			values = append(values, s.Labels[i+1])
		}
		kind := prometheus.CounterValue
		if s.Gauge {
			kind = prometheus.GaugeValue
		}
		m, err := prometheus.NewConstMetric(prometheus.NewDesc(s.Name, s.Help, names, nil), kind, s.Value, values...)
		if err == nil { // a label that is no UTF-8 is left out rather than failing the scrape
			out <- m
		}
	})
}
