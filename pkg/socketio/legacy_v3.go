package socketio

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"time"

	"gateway/pkg/socketio/engine"
	"gateway/pkg/socketio/parser"
)

// Clients of Socket.IO 1 and 2 come by Engine.IO 3 and speak revision 4 of the
// protocol. Its events are those of revision 5. It differs in joining a namespace:
// a client is in "/" without asking; it may put a query behind a namespace's name; it is told no id,
// and of a refusal either the message or the data.

// refusalDelay is how long a client that was not let into "/" may take to ask
// for another namespace. Its library reports an error of "/" in every
// namespace, so one that has no use for "/" must not hear of it.
const refusalDelay = 500 * time.Millisecond

// maxQuery bounds the query behind a namespace's name, in bytes.
const maxQuery = 4096

// legacy reports whether the client speaks revision 4.
func (c *connection) legacy() bool { return c.conn.Revision() == 3 }

// Greet implements [engine.Greeter].
func (cs connections) Greet(conn *engine.Conn) {
	if c := conn.User.(*connection); c.legacy() {
		c.connect("/", nil, nil)
	}
}

// connectQuery returns the query of a packet "0/namespace?query,".
func connectQuery(packet []byte) (url.Values, error) {
	if len(packet) < 2 || packet[1] != '/' {
		return nil, nil
	}
	name, _, _ := bytes.Cut(packet, []byte{','})
	_, raw, found := bytes.Cut(name, []byte{'?'})
	if len(raw) > maxQuery {
		return nil, parser.ErrNamespace
	}
	if !found {
		return nil, nil
	}
	// What cannot be read is left out, as in a request's.
	q, _ := url.ParseQuery(string(raw))
	return q, nil
}

// withQuery returns the query of the request with that of the namespace, which goes before.
func withQuery(request, namespace url.Values) url.Values {
	if len(namespace) == 0 {
		return request
	}
	all := maps.Clone(request)
	if all == nil {
		all = make(url.Values, len(namespace))
	}
	maps.Copy(all, namespace)
	return all
}

// connectedAlready reports whether a request to join is of no effect: some
// clients ask for "/" although they are in it.
func (c *connection) connectedAlready(s *Socket, query url.Values) bool {
	return c.legacy() && s != nil && s.name() == "/" && len(query) == 0
}

// asked is of what the client has asked to join.
type asked struct{ any, root bool }

func (c *connection) note(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked.any = true
	c.asked.root = c.asked.root || name == "/"
}

func (c *connection) hasAsked() asked {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// refuseLegacy tells the client that it may not join a namespace. Of "/", if
// it did not ask for it, it is told once it is clear that it wants nothing else.
func (c *connection) refuseLegacy(name string, ce *ConnectError) {
	f := control(parser.ConnectError, name, c.legacyRefusal(ce))
	if name != "/" || c.hasAsked().root {
		c.conn.Send(f)
		return
	}
	time.AfterFunc(refusalDelay, func() {
		if !c.hasAsked().any {
			c.conn.Send(f)
		}
	})
}

// legacyRefusal returns the JSON of the data, or of the message where there is none.
func (c *connection) legacyRefusal(ce *ConnectError) []byte {
	if ce.Data != nil {
		b, err := json.Marshal(ce.Data)
		if err == nil {
			return b
		}
		c.srv.o.Logger.Warn("connect error does not marshal", "err", err)
	}
	b, _ := json.Marshal(strings.ToValidUTF8(ce.Message, "\ufffd"))
	return b
}
