package mapping

import (
	"strings"
	"testing"
)

func TestSuggest(t *testing.T) {
	seen := func(topics ...string) func(string) bool {
		return func(topic string) bool {
			for _, s := range topics {
				if s == topic {
					return true
				}
			}
			return false
		}
	}
	for name, c := range map[string]struct {
		topic string
		hints Hints
		want  Rule
	}{
		"a reading in a room": {
			"home/kitchen/temp",
			Hints{},
			Rule{Name: "home-room-sensor", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}", Direction: Out},
		},
		"the level that was clicked": {
			"home/kitchen/temp",
			Hints{Captures: []int{1}},
			Rule{Name: "home-temp", Topic: "home/{room}/temp", Namespace: "/home/{room}", Event: "temp", Direction: Out},
		},
		"none clicked": {
			"home/kitchen/temp",
			Hints{Captures: []int{}},
			Rule{Name: "home-kitchen-temp", Topic: "home/kitchen/temp", Namespace: "/home/kitchen", Event: "temp", Direction: Out},
		},
		"a number": {
			"garden/tank/level",
			Hints{Payload: []byte("0.7")},
			Rule{Name: "garden-name-sensor", Topic: "garden/{name}/{sensor}", Namespace: "/garden/{name}", Event: "{sensor}", Direction: Out},
		},
		"what may go both ways": {
			"lights/hall/colour",
			Hints{Payload: []byte("red"), Retained: true},
			Rule{Name: "lights-light-sensor", Topic: "lights/{light}/{sensor}", Namespace: "/lights/{light}", Event: "{sensor}", QoS: 1, Retain: true},
		},
		"a command, answered": {
			"lights/hall/set",
			Hints{Seen: seen("lights/hall/state")},
			Rule{
				Name: "lights-set", Topic: "lights/{light}/set", Namespace: "/lights/{light}", Event: "set", Direction: In, QoS: 1,
				RPC: &RPC{Reply: "lights/{light}/state"},
			},
		},
		"one level": {
			"doorbell",
			Hints{Payload: []byte("ring")},
			Rule{Name: "doorbell", Topic: "doorbell", Namespace: "/doorbell", Event: "value", QoS: 1},
		},
		"a name that is taken": {
			"doorbell",
			Hints{Taken: func(n string) bool { return n == "doorbell" || n == "doorbell-2" }},
			Rule{Name: "doorbell-3", Topic: "doorbell", Namespace: "/doorbell", Event: "value", QoS: 1},
		},
		"a namespace of the gateway's": {
			"mqtt/x/join",
			Hints{Captures: []int{1}},
			Rule{Name: "mqtt-join", Topic: "mqtt/{name}/join", Namespace: "/topics/mqtt/{name}", Event: "value-join", QoS: 1},
		},
		"what an expression could not read": {
			"payloads/a/b",
			Hints{Captures: []int{1}},
			Rule{Name: "payloads-b", Topic: "payloads/{payload_2}/b", Namespace: "/payloads/{payload_2}", Event: "b", QoS: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Suggest(c.topic, c.hints)
			if err != nil {
				t.Fatal(err)
			}
			if string(FormatTOML([]Rule{got.Rule})) != string(FormatTOML([]Rule{c.want})) {
				t.Errorf("got\n%s\nwant\n%s", FormatTOML([]Rule{got.Rule}), FormatTOML([]Rule{c.want}))
			}
			if got.Why == "" {
				t.Error("it does not say why")
			}
		})
	}
}

func TestSuggestKnowsMakes(t *testing.T) {
	for topic, want := range map[string]struct{ payload, rule string }{
		"tele/plug/SENSOR":      {`{"Time":"2026-11-24T12:00:00","ENERGY":{"Power":43}}`, "tasmota-sensor"},
		"cmnd/plug/POWER":       {"", "tasmota-command"},
		"zigbee2mqtt/hall":      {`{"temperature":20}`, "zigbee2mqtt-state"},
		"zigbee2mqtt/hall/set":  {"", "zigbee2mqtt-set"},
		"desk/sensor/co2/state": {"612", "esphome-state"},
		"shellies/a1/relay/0":   {"on", "shelly1-status"},
	} {
		got, err := Suggest(topic, Hints{Payload: []byte(want.payload)})
		if err != nil || got.Rule.Name != want.rule || len(got.Alternatives) == 0 {
			t.Errorf("%s: %v %q, want %q; alternatives %d", topic, err, got.Rule.Name, want.rule, len(got.Alternatives))
		}
	}
}

func TestSuggestRefuses(t *testing.T) {
	for topic, captures := range map[string][]int{"": nil, "a/+": nil, "a/b": {2}, "a//b": {1}} {
		if got, err := Suggest(topic, Hints{Captures: captures}); err == nil {
			t.Errorf("%q %v: got %+v", topic, captures, got.Rule)
		}
	}
}

// FuzzSuggest: what is suggested compiles and has to do with the topic.
func FuzzSuggest(f *testing.F) {
	f.Add("home/kitchen/temp", "21.5", -1)
	f.Add("cmnd/plug/POWER", "ON", 1)
	f.Add("$SYS/broker/{x}", "1", 0)
	f.Add("//", "", 0)
	f.Fuzz(func(t *testing.T, topic, payload string, capture int) {
		h := Hints{Payload: []byte(payload), Seen: func(string) bool { return true }}
		if capture >= 0 {
			h.Captures = []int{capture}
		}
		got, err := Suggest(topic, h)
		if err != nil {
			return
		}
		for _, r := range append(got.Alternatives, got.Rule) {
			table, err := Compile([]Rule{r})
			if err != nil {
				t.Fatalf("%q: %v", topic, err)
			}
			p, err := ParsePattern(r.Topic)
			if err != nil || !p.Match(topic) {
				t.Fatalf("%q: the rule is for %q: %v", topic, r.Topic, err)
			}
			if r.Direction != In && len(table.Routes(nil, topic)) != 1 {
				t.Fatalf("%q: %+v has no route for it", topic, r)
			}
			if strings.TrimSpace(r.Name) == "" {
				t.Fatalf("%q: no name", topic)
			}
		}
	})
}
