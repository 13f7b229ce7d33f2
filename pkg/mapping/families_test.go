package mapping

import (
	"slices"
	"testing"
)

// TestTemplatesStand: all rules of all templates compile together, have tests, and the tests hold.
func TestTemplatesStand(t *testing.T) {
	templates, err := Templates()
	if err != nil {
		t.Fatal(err)
	}
	var all []Rule
	for _, family := range templates {
		if len(family.Rules) == 0 || family.Title == "" || family.Text == "" || family.Device == "" {
			t.Errorf("%s says too little", family.ID)
		}
		for _, r := range family.Rules {
			if len(r.Tests) == 0 {
				t.Errorf("%s has no test", r.Name)
			}
			all = append(all, r)
		}
		table, err := Compile(family.Rules)
		if err != nil {
			t.Errorf("%s: %v", family.ID, err)
		}
		for _, w := range table.Warnings() {
			if w.Field != "rpc.reply" { // Tasmota's RESULT
				t.Errorf("%s: %v", family.ID, w)
			}
		}
	}
	table, err := Compile(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.RunTests() {
		if !r.OK {
			t.Errorf("%s, test %d: %s", r.Rule, r.Index, r.Text)
		}
	}
}

func TestDevicesAreRecognised(t *testing.T) {
	templates, err := Templates()
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDevices(templates)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range [][2]string{
		{"tele/plug/LWT", "Online"},
		{"tele/lamp/STATE", `{"Time":"2026-11-24T12:00:00","POWER":"OFF"}`},
		{"tele/other/LWT", "hello"},
		{"zigbee2mqtt/hall", `{"temperature":27.34}`},
		{"zigbee2mqtt/bridge/state", `{"state":"online"}`},
		{"desk/sensor/co2/state", "612"},
		{"desk/thing/co2/state", "612"},
		{"homeassistant/sensor/outdoor/state", "21.5"},
		{"homeassistant/status", "online"},
		{"homeassistant/sensor/0x1/config", "{}"},
		{"shellies/shelly1-A1/relay/0", "on"},
		{"shellies/announce", "{}"},
		{"shellyplus1-a8/status/switch:0", `{"id":0,"output":true}`},
		{"shellypro4-b9/events/rpc", `{"method":"NotifyStatus","params":{}}`},
		{"server/status/disk", `{"free":1}`},
		{"home/kitchen/temp", "21.5"},
	} {
		d.See(m[0], []byte(m[1]))
	}
	for template, want := range map[string][]string{
		"tasmota":       {"lamp", "plug"},
		"zigbee2mqtt":   {"hall"},
		"esphome":       {"desk"},
		"shelly-gen1":   {"shelly1-A1"},
		"shelly-gen2":   {"shellyplus1-a8", "shellypro4-b9"},
		"homeassistant": {"sensor.outdoor"},
		"unknown":       {},
	} {
		if got := d.Of(template); !slices.Equal(got, want) {
			t.Errorf("%s: saw %v, want %v", template, got, want)
		}
	}
}
