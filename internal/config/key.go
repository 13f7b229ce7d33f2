package config

import (
	"slices"
	"strings"
)

// Key documents one key.
type Key struct {
	Name     string // "http.listen", "link.outbox.full"
	Kind     string // for people: "duration", "list of origins"
	Default  string // as TOML; empty for a key that must be given
	Required bool
	Env      string // variable that sets it; empty for keys of [[link]]
	Flag     string // name on the command line, without dashes; often empty
	Help     string
}

// Keys lists every key of the file but those of [[mapping]], which package mapping documents, and of [[source]].
func Keys() []Key {
	var keys []Key
	for _, s := range scalarSpecs() {
		k := document("", s)
		k.Env = variable(s.key)
		keys = append(keys, k)
	}
	for _, s := range linkSpecs() {
		keys = append(keys, document("link.", s))
	}
	for _, s := range linkTopicSpecs() {
		keys = append(keys, document("link.topics.", s))
	}
	for _, s := range outboxSpecs() {
		keys = append(keys, document("link.outbox.", s))
	}
	return keys
}

// scalarSpecs are the keys that file, environment and command line can set, in the order of the example file.
func scalarSpecs() []spec[Config] {
	return slices.Concat(generalSpecs(), httpSpecs(), mqttSpecs(), socketioSpecs(), authSpecs(), stateSpecs(), flashSpecs(), logSpecs())
}

func document[T any](table string, s spec[T]) Key {
	return Key{
		Name: table + s.key, Kind: s.kind.name, Default: literal(s.def), Required: s.def == nil,
		Flag: s.flag, Help: s.help,
	}
}

// variable is the environment variable of a key.
func variable(key string) string {
	return "GATEWAY_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// tableShape says how a table is written.
type tableShape int

const (
	single tableShape = iota // [http]
	many                     // [[link]]
	opaque                   // [[mapping]], [[source]]: read elsewhere
)

// tables are the tables of the file.
func tables() map[string]tableShape {
	return map[string]tableShape{
		"http": single, "mqtt": single, "socketio": single, "auth": single, "state": single, "flash": single, "log": single,
		"link": many, "link.topics": many, "link.outbox": single,
		"mapping": opaque, "source": opaque,
	}
}
