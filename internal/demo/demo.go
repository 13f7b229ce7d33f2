// Package demo simulates the devices of `gateway serve --demo`: a thermometer and a plug that speak MQTT, a button and an
// alert lamp that speak socket.io. They are clients of the gateway like any other, over loopback, and know nothing of its
// inside; [Mappings] are the rules that join them.
package demo

import (
	"bytes"
	_ "embed"
)

//go:embed mappings.toml
var mappings []byte

// Mappings returns the demo's rules as TOML, as they would stand in a config file, with their tests. All names begin with
// "demo-".
func Mappings() []byte { return bytes.Clone(mappings) }
