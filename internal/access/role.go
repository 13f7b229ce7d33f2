package access

import "slices"

// Capability is something beyond single topics that a principal may do. The names are part of the public interface.
type Capability string

// The capabilities.
const (
	Publish      Capability = "publish"        // publish at all; which topics is for [Check]
	View         Capability = "view"           // read the gateway's own state: everything but secrets, tokens and users
	EditMappings Capability = "mappings.write" // change rules
	EditDevices  Capability = "devices.write"  // cut connections
	EditLinks    Capability = "links.write"
	EditUsers    Capability = "users.write"  // see and change who may log in, and end other people's sessions
	EditTokens   Capability = "tokens.write" // see and change tokens
	EditSettings Capability = "settings.write"
	Backup       Capability = "backup" // take backups, which hold secrets, and restore them
)

// capabilities is the one table of what a role may do.
func capabilities(r Role) []Capability {
	switch r {
	case RoleAdmin:
		return []Capability{Publish, View, EditMappings, EditDevices, EditLinks, EditUsers, EditTokens, EditSettings, Backup}
	case RoleOperator:
		return []Capability{Publish, View, EditMappings, EditDevices}
	case RoleViewer:
		return []Capability{View}
	case RoleClient, RoleDevice:
		return []Capability{Publish}
	}
	return nil
}

// Can reports whether p may do what c says.
func Can(p *Principal, c Capability) bool { return slices.Contains(Capabilities(p), c) }

// Capabilities are all that p may do. The slice is the caller's own.
func Capabilities(p *Principal) []Capability {
	if p == nil {
		return nil
	}
	return capabilities(p.Role)
}

// Person reports whether r is a role for people and for programs that act for them: admin, operator or viewer.
func (r Role) Person() bool { return r == RoleAdmin || r == RoleOperator || r == RoleViewer }

// Topics are the filters that a person of role r may read and write: everything, and $SYS to read. Clients and devices have
// filters of their own, so they get none here.
func (r Role) Topics() (read, write []string) {
	switch r {
	case RoleAdmin, RoleOperator:
		return []string{"#", "$SYS/#"}, []string{"#"}
	case RoleViewer:
		return []string{"#", "$SYS/#"}, nil
	}
	return nil, nil
}
