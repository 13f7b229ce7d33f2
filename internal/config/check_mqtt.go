package config

import (
	"fmt"
	"net/url"
	"strings"

	"gateway/pkg/mapping"
)

// filter wants an MQTT topic filter.
func filter(s string) *flaw {
	if err := mapping.ValidFilter(s); err != nil {
		return &flaw{err.Error(), `write a filter such as "home/+/temp" or "home/#"`}
	}
	return nil
}

// topicOrNone wants an MQTT topic, or nothing.
func topicOrNone(s string) *flaw {
	if s == "" {
		return nil
	}
	if err := mapping.ValidTopic(s); err != nil {
		return &flaw{err.Error(), `write a topic such as "site7/gateway"`}
	}
	return nil
}

// prefix wants what can stand before a topic: no wildcard, no control character.
func prefix(s string) *flaw {
	if strings.ContainsAny(s, "+#\x00") || strings.HasPrefix(s, "$") {
		return &flaw{fmt.Sprintf("%q cannot stand before a topic", s), `write a prefix such as "site7/", without + # and a leading $`}
	}
	return nil
}

// brokerURL wants the address of an MQTT broker, without credentials.
func brokerURL(s string) *flaw {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return &flaw{fmt.Sprintf("%q is not a broker's address", hidePassword(s)), `write one such as "mqtt://broker.lan:1883"`}
	}
	switch u.Scheme {
	case "mqtt", "mqtts", "ws", "wss":
	default:
		return &flaw{fmt.Sprintf("scheme %q is unknown", u.Scheme), `use mqtt, mqtts, ws or wss`}
	}
	if u.User != nil {
		return &flaw{"holds a user name or password", `use username and password_file`}
	}
	return nil
}

// hidePassword cuts what stands before the @ of an address, so that no message repeats a password.
func hidePassword(s string) string {
	if i := strings.LastIndex(s, "@"); i >= 0 {
		return "..." + s[i:]
	}
	return s
}
