package mapping

import "strings"

// MaxNamespace is the longest namespace name, in bytes.
const MaxNamespace = 128

// reservedNamespace reports whether a namespace is one of the gateway's own, or below one.
func reservedNamespace(ns string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(ns, "/"), "/")
	return first == "mqtt" || first == "devices" || first == "admin"
}

// cutsClient reports whether the JS client closes its connection on receiving an event of that name.
func cutsClient(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

// reservedEvent reports whether a mapped namespace cannot carry an event of that name.
func reservedEvent(event string) bool {
	return cutsClient(event) || event == "join" || event == "leave"
}

// badValue finds the first character that keeps an inbound value out of a topic level.
func badValue(v string, rest bool) (bad rune, found bool) {
	for _, r := range v {
		if r == '+' || r == '#' || r == 0 || r == '/' && !rest {
			return r, true
		}
	}
	return 0, false
}
