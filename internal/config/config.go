// Package config reads the gateway's settings once, at the edge, into a plain typed Config.
//
// The file is TOML. Over the defaults lie the file, then the environment (GATEWAY_ and the key with _ for .), then
// the command line; environment and command line reach the keys of Keys with Env set, not [[link]], [[mapping]] and
// [[source]]. Nothing here opens a socket or reads a secret: a path is kept as written.
package config

import (
	"time"

	"gateway/pkg/mapping"
)

// Config is every setting, checked. It is not changed after Load. Listen addresses are host:port; an empty one means
// that nothing listens there. Sizes are bytes.
type Config struct {
	File     string // the file it came from; empty when there was none
	DataDir  string
	Name     string // this gateway among others: no /, + or #
	HTTP     HTTP
	MQTT     MQTT
	SocketIO SocketIO
	Auth     Auth
	State    State
	Flash    Flash
	Log      Log
	Links    []Link
	Mappings []mapping.Rule // in file order, as written
	Sources  []Source

	Effective []Effective // every value that file, environment and command line can set, for people
}

// HTTP is the [http] table.
type HTTP struct {
	Listen         string
	TLSListen      string
	TLSCert        string   // PEM file, for TLSListen and MQTT.TLSListen
	TLSKey         string   // PEM file
	Origins        []string // scheme://host[:port], or "*"
	Hosts          []string // host names without port
	TrustedProxies []string // addresses or CIDR blocks
	BasePath       string   // begins and ends with /
}

// MQTT is the [mqtt] table.
type MQTT struct {
	Listen          string
	WebsocketListen string
	TLSListen       string
	MaxPacket       int64
	MaxConnections  int
	MaxInflight     int // messages per session that wait for their ack
	MaxQueued       int // messages per offline session
	MaxRate         int // messages per second and client; 0 is no limit
}

// SocketIO is the [socketio] table.
type SocketIO struct {
	Path         string // begins and ends with /
	PingInterval time.Duration
	PingTimeout  time.Duration
	MaxPayload   int64         // of one incoming message
	MaxQueue     int64         // waiting for one connection
	Linger       time.Duration // 0 sends at once
	Recovery     time.Duration // 0 turns recovery off
}

// Auth is the [auth] table.
type Auth struct {
	Anonymous string // "never", "loopback" or "always"
}

// State is the [state] table.
type State struct {
	FlushInterval      time.Duration
	CheckpointInterval time.Duration
	Exclude            []string // MQTT filters whose topics keep no last value
	MaxTopics          int
	MaxBytes           int64
}

// Flash is the [flash] table.
type Flash struct {
	ImageURL    string // of a MicroPython image; empty for none
	ImageSHA256 string // of that image, 64 hex digits
	Ports       []string
	Baud        int
	Address     string // http://host:port; empty: found out
}

// Log is the [log] table.
type Log struct {
	Level  string // "debug", "info", "warn" or "error"
	Format string // "auto" (text on a terminal, else json), "text" or "json"
}

// Link is one [[link]]: a connection to another MQTT broker.
type Link struct {
	Name         string
	URL          string // mqtt, mqtts, ws or wss, without user and password
	Username     string
	PasswordFile string
	ClientID     string
	Keepalive    time.Duration
	CAFile       string
	CertFile     string
	KeyFile      string
	StatusTopic  string // empty for none
	Topics       []LinkTopic
	Outbox       Outbox
	Line         int // of the [[link]] header
}

// LinkTopic is one entry of topics in a [[link]].
type LinkTopic struct {
	Filter       string
	Direction    string // "in" from the other broker, "out" to it, or "both"
	QoS          byte
	RemotePrefix string // put before the topic on the other broker
	LocalPrefix  string // put before the topic here
}

// Outbox is what a [[link]] keeps while the other broker is away.
type Outbox struct {
	MaxMessages int
	MaxBytes    int64
	MaxAge      time.Duration
	Full        string // "drop_oldest" or "refuse"
}

// Source is one [[source]] as written.
type Source struct {
	Line   int
	Values map[string]any
}
