// Package access decides who may read and write which topics. It is pure: a [Principal] is a value, and [Check] is the one
// function that MQTT, socket.io and REST all pass through.
package access

import (
	"slices"
	"strings"

	"gateway/pkg/mapping"
)

// Kind says how a principal came to be known.
type Kind string

// The kinds of principal.
const (
	KindAnonymous Kind = "anonymous" // nobody said who they are; let in by auth.anonymous
	KindUser      Kind = "user"      // a person, logged in
	KindToken     Kind = "token"     // a client with a token
	KindDevice    Kind = "device"    // a board with its own key
	KindLocal     Kind = "local"     // whoever may open the control socket in the data directory
	KindSystem    Kind = "system"    // the gateway itself: links, sources, demo, its own status topics
)

// Role bounds what a principal may do beyond topics.
type Role string

// The roles, strongest first.
const (
	RoleAdmin    Role = "admin"
	RoleOperator Role = "operator"
	RoleViewer   Role = "viewer"
	RoleClient   Role = "client"
	RoleDevice   Role = "device"
)

// Principal is who stands behind a connection or request. Read and Write are MQTT topic filters, with {client.id} already
// replaced. The zero value may do nothing.
type Principal struct {
	Kind  Kind     `json:"kind"`
	ID    string   `json:"id"`
	Role  Role     `json:"role"`
	Read  []string `json:"read,omitempty"`
	Write []string `json:"write,omitempty"`

	Session string `json:"session,omitempty"` // id of the login of a user, "" for all others
	Grant   string `json:"grant,omitempty"`   // changes when an id is given to somebody else: a token made anew under an old name
}

// String names a principal in a sentence: "token lamp", "an anonymous client".
func (p *Principal) String() string {
	switch {
	case p == nil:
		return "nobody"
	case p.Kind == KindAnonymous:
		return "an anonymous client"
	case p.Kind == KindSystem:
		return "the gateway"
	case p.Kind == KindLocal:
		return "the command line"
	}
	return string(p.Kind) + " " + p.ID
}

// Equal reports whether p and q are the same and may do the same.
func (p *Principal) Equal(q *Principal) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.Kind == q.Kind && p.ID == q.ID && p.Role == q.Role && p.Session == q.Session && p.Grant == q.Grant &&
		slices.Equal(p.Read, q.Read) && slices.Equal(p.Write, q.Write)
}

// Action is what a principal wants to do with a topic.
type Action uint8

// The actions.
const (
	Read  Action = iota // receive messages of the topic
	Write               // publish to the topic
)

// System is the gateway itself: it may read and write everything, $-topics included.
func System() *Principal { return &Principal{Kind: KindSystem, ID: "gateway", Role: RoleAdmin} }

// Anonymous is a client that did not say who it is: every topic but those that begin with $.
func Anonymous() *Principal {
	return &Principal{Kind: KindAnonymous, ID: "anonymous", Role: RoleClient, Read: []string{"#"}, Write: []string{"#"}}
}

// Local is whoever may open the files of the data directory, and with them the control socket: the owner of the machine.
func Local() *Principal {
	read, write := RoleAdmin.Topics()
	return &Principal{Kind: KindLocal, ID: "local", Role: RoleAdmin, Read: read, Write: write}
}

// Check reports whether p may do a to topic, which is a concrete topic and not a filter. Topics that begin with $ belong to
// the gateway: nobody but [System] writes them, and reading them takes a filter that names them.
func Check(p *Principal, a Action, topic string) bool {
	if p.Kind == KindSystem {
		return true
	}
	if a == Write {
		return !strings.HasPrefix(topic, "$") && anyMatches(p.Write, topic)
	}
	return anyMatches(p.Read, topic)
}

// Coverage says how much of a filter's topics p may read: all, some or none.
func Coverage(p *Principal, filter string) mapping.Coverage {
	if p.Kind == KindSystem {
		return mapping.Full
	}
	best := mapping.None
	for _, own := range p.Read {
		switch mapping.Covers(own, filter) {
		case mapping.Full:
			return mapping.Full
		case mapping.Partial:
			best = mapping.Partial
		}
	}
	return best
}

func anyMatches(filters []string, topic string) bool {
	for _, f := range filters {
		if mapping.MatchFilter(f, topic) {
			return true
		}
	}
	return false
}
