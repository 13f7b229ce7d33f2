package config

import (
	"testing"

	"gateway/pkg/mapping"
)

func TestNearest(t *testing.T) {
	var known []string
	for _, k := range Keys() {
		known = append(known, k.Name)
	}
	tests := map[string]string{
		"http.lisen":         "http.listen",
		"http.max_packet":    "mqtt.max_packet",
		"listen":             "http.listen",
		"http.name":          "name",
		"sate.exclude":       "state.exclude",
		"MQTT.Listen":        "mqtt.listen",
		"link.keep_alive":    "link.keepalive",
		"link.outbox.maxage": "link.outbox.max_age",
		"link.full":          "link.outbox.full",
	}
	for key, want := range tests {
		if got, cost := nearest(key, known); got != want || !near(key, cost) {
			t.Errorf("%s: %s (%d edits away), want %s", key, got, cost, want)
		}
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"kitten", "sitting", 3},
		{"port", "prot", 2},
	}
	for _, tt := range tests {
		if got := mapping.EditDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
