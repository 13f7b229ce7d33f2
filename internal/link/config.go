package link

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"gateway/pkg/mapping"
)

// Config is one [[link]] of the configuration.
type Config struct {
	Name         string        // unique among the links
	URL          string        // mqtt, mqtts, ws or wss; without a port the usual one is taken
	Username     string        // "" for none
	Password     string        // over PasswordFile, for links that are not of a file
	PasswordFile string        // "" for none; read at each connection, surrounding white space ignored
	ClientID     string        // "" means gateway-<host>-<name>; it has to be unique at the broker and stay the same
	CAFile       string        // PEM; "" means the system's authorities
	CertFile     string        // PEM; our certificate, "" for none
	KeyFile      string        // PEM; its key
	StatusTopic  string        // remote topic that says "online" or "offline", retained; "" for none
	Keepalive    time.Duration // 0 means 30 s
	Topics       []Topic
	Outbox       Outbox
}

// Topic says which messages cross the link. As in a Mosquitto bridge, the filter applies behind the prefix: LocalPrefix+Filter
// here is RemotePrefix+Filter there.
type Topic struct {
	Filter       string // MQTT filter
	Direction    string // DirectionIn, DirectionOut or DirectionBoth
	QoS          byte   // of the subscription inwards; of every message outwards
	RemotePrefix string
	LocalPrefix  string
}

// The directions of a Topic.
const (
	DirectionIn   = "in"
	DirectionOut  = "out"
	DirectionBoth = "both"
)

// Outbox bounds what waits for the remote broker with QoS 1 and 2, on disk. What waits with QoS 0 is in memory, and no more than
// 1,000 messages and 1 MiB of it.
type Outbox struct {
	MaxMessages int           // 0 means 100,000
	MaxBytes    int64         // payloads, topics and a few bytes more; 0 means 64 MiB
	MaxAge      time.Duration // 0 means 24 h
	Full        string        // FullDropOldest (the default) or FullRefuse
}

// What a full Outbox does.
const (
	FullDropOldest = "drop_oldest" // the publisher is not told
	// FullRefuse tells the publisher of a QoS 1 or 2 message that it is unavailable. Everybody else has had the message by
	// then, and has it again when the publisher tries again.
	FullRefuse = "refuse"
)

// defaultClientID is what the client ids of links begin with that have none configured.
const defaultClientID = "gateway-"

func (c *Config) setDefaults() {
	if c.ClientID == "" {
		host, _ := os.Hostname()
		c.ClientID = defaultClientID + host + "-" + c.Name
	}
	if c.Outbox.MaxMessages == 0 {
		c.Outbox.MaxMessages = 100_000
	}
	if c.Outbox.MaxBytes == 0 {
		c.Outbox.MaxBytes = 64 << 20
	}
	if c.Outbox.MaxAge == 0 {
		c.Outbox.MaxAge = 24 * time.Hour
	}
}

// Validate returns every fault of the configuration, joined, each naming its key.
func (c *Config) Validate() error {
	var faults []error
	if c.Name == "" {
		faults = append(faults, errors.New("name: a link needs one"))
	}
	if _, err := c.address(); err != nil {
		faults = append(faults, fmt.Errorf("url: %w", err))
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		faults = append(faults, errors.New("cert_file and key_file: one needs the other"))
	}
	if c.StatusTopic != "" {
		if err := mapping.ValidTopic(c.StatusTopic); err != nil {
			faults = append(faults, fmt.Errorf("status_topic: %w", err))
		}
	}
	if len(c.Topics) == 0 {
		faults = append(faults, errors.New("topics: a link without any carries nothing"))
	}
	for i, t := range c.Topics {
		if err := t.validate(); err != nil {
			faults = append(faults, fmt.Errorf("topics[%d]: %w", i, err))
		}
	}
	switch c.Outbox.Full {
	case "", FullDropOldest, FullRefuse:
	default:
		faults = append(faults, fmt.Errorf("outbox.full: %q is neither %s nor %s", c.Outbox.Full, FullDropOldest, FullRefuse))
	}
	return errors.Join(faults...)
}

func (t Topic) validate() error {
	for _, filter := range []string{t.RemotePrefix + t.Filter, t.LocalPrefix + t.Filter} {
		if err := mapping.ValidFilter(filter); err != nil {
			return fmt.Errorf("filter: %w", err)
		}
	}
	if strings.ContainsAny(t.RemotePrefix+t.LocalPrefix, "+#") {
		return errors.New("remote_prefix and local_prefix: a prefix has no + and no #")
	}
	switch t.Direction {
	case DirectionIn, DirectionOut, DirectionBoth:
	default:
		return fmt.Errorf("direction: %q is none of in, out, both", t.Direction)
	}
	if t.QoS > 2 {
		return fmt.Errorf("qos: %d is none of 0, 1, 2", t.QoS)
	}
	return nil
}

// address is the URL with its port.
func (c *Config) address() (string, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	port, known := map[string]string{"mqtt": "1883", "mqtts": "8883", "ws": "80", "wss": "443"}[u.Scheme]
	switch {
	case !known:
		return "", fmt.Errorf("%q begins with none of mqtt://, mqtts://, ws://, wss://", c.URL)
	case u.Hostname() == "":
		return "", fmt.Errorf("%q names no host", c.URL)
	case u.User != nil:
		return "", errors.New("user name and password go into username and password_file")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u.String(), nil
}
