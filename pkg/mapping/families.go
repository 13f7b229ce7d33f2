package mapping

import (
	"embed"
	"slices"
)

//go:embed templates/*.toml
var templateFiles embed.FS

// Template is a set of rules for the devices of one make, each with tests that hold.
type Template struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Text   string `json:"text"` // what the rules do, for people
	Device string `json:"device"`
	Rules  []Rule `json:"rules"`

	signs []sign
}

// sign is a message that gives a device away: its topic, what else must hold, and what in the topic names the device.
type sign struct{ topic, when, device string }

// Templates are the makes this package knows, with the topics that their documentation names.
func Templates() ([]Template, error) {
	all := families()
	for i, t := range all {
		file := "templates/" + t.ID + ".toml"
		data, err := templateFiles.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if all[i].Rules, err = ParseTOML(file, data); err != nil {
			return nil, err
		}
		for n := range all[i].Rules {
			all[i].Rules[n].Pos = Pos{}
		}
	}
	return all, nil
}

func families() []Template {
	return []Template{
		{
			ID: "tasmota", Title: "Tasmota", Device: "Tasmota",
			Text: "Each device gets a namespace /tasmota/NAME: online, STATE, SENSOR and POWER come out, cmnd/POWER and any other command go in and are acked with the device's RESULT.",
			signs: []sign{
				{"tele/{device}/LWT", `payload in ["Online", "Offline"]`, "{device}"},
				{"tele/{device}/STATE", `type(payload) == "map"`, "{device}"},
				{"tele/{device}/SENSOR", `type(payload) == "map" && payload.Time != nil`, "{device}"},
			},
		},
		{
			ID: "zigbee2mqtt", Title: "zigbee2mqtt", Device: "zigbee2mqtt",
			Text:  "Each device gets a namespace /zigbee2mqtt/NAME: its state and whether it is online come out, set and get go in and are acked with the state that follows. The bridge itself is at /zigbee2mqtt/bridge.",
			signs: []sign{{"zigbee2mqtt/{device}", `type(payload) == "map"`, "{device}"}, {"zigbee2mqtt/{device}/availability", "true", "{device}"}},
		},
		{
			ID: "esphome", Title: "ESPHome", Device: "ESPHome",
			Text: "Each node gets a namespace /esphome/NODE: every entity is an event like sensor/co2 or switch/relay, which goes both ways; commands are acked with the state that follows.",
			signs: []sign{{"{node}/{component}/{object}/state", `node != "homeassistant" && component in ["alarm_control_panel", "binary_sensor", "button",
				"climate", "cover", "fan", "light", "lock", "number", "select", "sensor", "switch", "text", "text_sensor", "valve"]`, "{node}"}},
		},
		{
			ID: "shelly-gen1", Title: "Shelly, first generation", Device: "Shelly",
			Text:  "Each device gets a namespace /shelly/ID: everything it says is an event by its topic, like relay/0/power; relays and rollers take commands, acked with the state that follows.",
			signs: []sign{{"shellies/{device}/{what...}", "true", "{device}"}},
		},
		{
			ID: "shelly-gen2", Title: "Shelly Plus, Pro, Gen3 and later", Device: "Shelly",
			Text: "Each device gets a namespace /shelly-gen2/ID: components like switch:0 are events both ways; call/Switch.Set calls a method and is acked with its result.",
			signs: []sign{
				{"{device}/status/{component}", `type(payload) == "map" && (component contains ":" || component in ["sys", "wifi", "cloud", "mqtt"])`, "{device}"},
				{"{device}/events/rpc", `type(payload) == "map" && payload.method in ["NotifyStatus", "NotifyFullStatus", "NotifyEvent"]`, "{device}"},
			},
		},
		{
			ID: "homeassistant", Title: "Home Assistant, MQTT Statestream", Device: "Home Assistant",
			Text:  "Each domain gets a namespace, /homeassistant/sensor: the event is the entity, with its state; attributes are events of their own. Nothing goes back: Statestream takes no commands.",
			signs: []sign{{"homeassistant/{domain}/{entity}/state", "true", "{domain}.{entity}"}},
		},
	}
}

// Devices tells templates which devices of theirs are among the messages seen. Make one with [NewDevices].
type Devices struct {
	table *Table
	seen  map[string]map[string]bool // by template
}

// maxDevices bounds how many devices of one make are named.
const maxDevices = 200

// NewDevices returns a Devices that has seen nothing.
func NewDevices(templates []Template) (*Devices, error) {
	var rules []Rule
	seen := make(map[string]map[string]bool)
	for _, t := range templates {
		seen[t.ID] = map[string]bool{}
		for i, s := range t.signs {
			rules = append(rules, Rule{
				Name: t.ID + " " + string(rune('a'+i)), Topic: s.topic, Namespace: "/" + t.ID, Event: s.device, Direction: Out, When: s.when,
			})
		}
	}
	table, err := Compile(rules)
	return &Devices{table, seen}, err
}

// See looks at one message.
func (d *Devices) See(topic string, payload []byte) {
	for _, o := range d.table.Try(topic, payload) {
		if seen := d.seen[o.Namespace[1:]]; o.Drop == "" && len(seen) < maxDevices {
			seen[o.Event] = true
		}
	}
}

// Of names the devices of a template that were seen, in order; never nil.
func (d *Devices) Of(template string) []string {
	out := []string{}
	for device := range d.seen[template] {
		out = append(out, device)
	}
	slices.Sort(out)
	return out
}
