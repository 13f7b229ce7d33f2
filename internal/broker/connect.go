package broker

import (
	"math"
	"strings"
	"unicode"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/fault"
)

const (
	maxClientID = 256 // bytes
	// gatewayProperty is the MQTT 5 user property of CONNECT by which another gateway announces itself.
	gatewayProperty = "gateway"
)

// relaxConnect lets through what the standard allows and mochi refuses: an empty password, and an empty will, which is how a
// device removes its retained state. The will itself is kept in conn.will.
func (c *conn) relaxConnect(pk *packets.Packet) {
	if pk.Connect.PasswordFlag && len(pk.Connect.Password) == 0 {
		pk.Connect.PasswordFlag = false
	}
	if pk.Connect.WillFlag && len(pk.Connect.WillPayload) == 0 {
		c.emptyWill = true
		pk.Connect.WillPayload = []byte{0}
	}
}

// OnConnectAuthenticate decides whether a client comes in. Why not is left in conn.refusal for CONNACK.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	c, ok := connOf(cl)
	if !ok {
		return false
	}
	code, reason := h.b.admit(c, cl, pk)
	if code != nil {
		c.refusal = code
		h.b.dropped(reason, hostOf(c.RemoteAddr()))
	}
	return code == nil
}

func (b *Broker) admit(c *conn, cl *mqtt.Client, pk packets.Packet) (*packets.Code, string) {
	if !validClientID(cl.ID) {
		return &packets.ErrClientIdentifierNotValid, "client_id"
	}
	p, err := b.authenticate(Credentials{
		ClientID: cl.ID, Username: string(pk.Connect.Username), Password: pk.Connect.Password,
		Remote: c.RemoteAddr().String(), Listener: c.listener, Request: c.request,
	})
	if err != nil {
		return refusalOf(err), "auth"
	}
	own := *p // the address of this copy is what tells the connections of one principal apart
	if code := b.claim(cl.ID, &own); code != nil {
		return code, "client_id_taken"
	}
	c.client, c.publisher, c.rate = cl, &publisher{principal: &own, conn: c}, newRate(b.opts.MaxRate)
	c.will = c.willOf(cl, pk)
	return nil, ""
}

func (b *Broker) authenticate(cred Credentials) (*access.Principal, error) {
	if b.opts.Authenticate == nil {
		return nil, fault.New(fault.Denied, "nobody may connect")
	}
	p, err := b.opts.Authenticate(cred)
	if err == nil && p == nil {
		return nil, fault.New(fault.Denied, "client %q is nobody", cred.ClientID)
	}
	return p, err
}

// claim keeps one principal from taking over the session of another by its client id, and with it the messages that wait
// there. An abandoned session of somebody else is thrown away.
func (b *Broker) claim(id string, p *access.Principal) *packets.Code {
	s := b.session(id)
	if s == nil {
		if b.sessionCount() >= 4*b.opts.MaxConnections {
			return &packets.ErrQuotaExceeded
		}
		return nil
	}
	if owner := s.who.Load().principal; owner.Kind == p.Kind && owner.ID == p.ID && owner.Grant == p.Grant {
		return nil
	}
	if s.online() {
		return &packets.ErrClientIdentifierNotValid
	}
	if cl, ok := b.server.Clients.Get(id); ok {
		b.server.UnsubscribeClient(cl)
		b.server.Clients.Delete(id)
	}
	b.forget(s)
	return nil
}

func validClientID(id string) bool {
	return len(id) <= maxClientID && strings.IndexFunc(id, unicode.IsControl) < 0
}

func refusalOf(err error) *packets.Code {
	switch fault.CodeOf(err) {
	case fault.Invalid:
		return &packets.ErrBadUsernameOrPassword
	case fault.RateLimited:
		return &packets.ErrConnectionRateExceeded
	case fault.Unavailable:
		return &packets.ErrServerUnavailable
	}
	return &packets.ErrNotAuthorized
}

// rewriteConnack says why a client was refused, in the codes of its version, and tells an MQTT 5 client our limits.
func (b *Broker) rewriteConnack(c *conn, cl *mqtt.Client, pk *packets.Packet) {
	v5 := cl.Properties.ProtocolVersion >= 5
	if c.refusal != nil {
		pk.ReasonCode, pk.Properties.ReasonString = c.refusal.Code, c.refusal.Reason
	}
	switch {
	case pk.ReasonCode == 0 && v5:
		pk.Properties.MaximumPacketSize = b.opts.MaxPacket
		pk.Properties.TopicAliasMaximum = maxAliases
	case pk.ReasonCode > 5 && !v5:
		pk.ReasonCode = connackBeforeV5(pk.ReasonCode, cl)
	}
}

func connackBeforeV5(code byte, cl *mqtt.Client) byte {
	switch {
	case code == packets.ErrUnsupportedProtocolVersion.Code:
		return packets.Err3UnsupportedProtocolVersion.Code
	case code == packets.ErrBadUsernameOrPassword.Code:
		return packets.ErrMalformedUsernameOrPassword.Code
	case code == packets.ErrNotAuthorized.Code:
		return packets.Err3NotAuthorized.Code
	case code == packets.ErrClientIdentifierNotValid.Code, cl.Properties.Props.AssignedClientID != "":
		return packets.Err3ClientIdentifierNotValid.Code
	}
	return packets.Err3ServerUnavailable.Code
}

// prepare gives a connection its session just before CONNACK goes out, and returns what CONNACK says about it. mochi's word
// is not taken: it knows neither the sessions of earlier runs nor our time.
func (b *Broker) prepare(c *conn, cl *mqtt.Client) (present bool) {
	if c.session.Load() != nil || c.publisher == nil {
		return c.present
	}
	s, present := b.resume(c, cl.ID, cl.Properties.Clean, b.termsOf(c, cl))
	if present {
		b.remind(cl, s)
	}
	c.present = present
	b.publishers.Store(c.publisher.principal, c.publisher)
	if b.opts.StillIn != nil && !b.opts.StillIn(c.publisher.principal) {
		c.abort()
	}
	c.session.Store(s)
	return present
}

func (b *Broker) termsOf(c *conn, cl *mqtt.Client) terms {
	return terms{
		who: identityOf(c.publisher.principal, cl), window: b.window(cl), expiry: expiryOf(cl), will: c.will,
		aliases: int(min(cl.Properties.Props.TopicAliasMaximum, maxAliases)),
	}
}

// establish lets the session's messages follow CONNACK.
func (b *Broker) establish(c *conn, cl *mqtt.Client) {
	s := c.session.Load()
	if s == nil {
		return
	}
	p := c.publisher.principal
	s.attach(c, b.termsOf(c, cl))
	b.wills.reconnected(cl.ID, c.present, b.publishWill)
	b.count.connected.Add(1)
	b.log.Debug("mqtt client connected", "client", cl.ID, "principal", p.ID, "remote", c.RemoteAddr().String())
}

func (b *Broker) window(cl *mqtt.Client) int {
	if n := cl.Properties.Props.ReceiveMaximum; n > 0 {
		return int(min(n, b.opts.MaxInflight))
	}
	return int(b.opts.MaxInflight)
}

func identityOf(p *access.Principal, cl *mqtt.Client) *identity {
	gateway, maxSize := false, 0
	for _, prop := range cl.Properties.Props.User {
		gateway = gateway || prop.Key == gatewayProperty
	}
	if n := cl.Properties.Props.MaximumPacketSize; n > 0 {
		maxSize = int(min(n, math.MaxInt32))
	}
	return newIdentity(p, cl.Properties.ProtocolVersion, gateway, maxSize)
}

func newIdentity(p *access.Principal, version byte, gateway bool, maxSize int) *identity {
	id := &identity{principal: p, version: version, v5: version >= 5, gateway: gateway, maxSize: maxSize}
	for _, f := range p.Read {
		id.readsAll = id.readsAll || f == "#"
	}
	return id
}
