package broker

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/internal/fault"
)

const patience = 20 * time.Second // for events that are certain to come

// rig is a broker on a bus, with real ports.
type rig struct {
	t   *testing.T
	bus *bus.Bus
	*Broker

	mu    sync.Mutex
	drops map[string]int
}

// start runs a broker until the end of the test. Everybody may do everything, except that user "reader" may read and write
// allowed/# only, and user "nobody" is refused.
func start(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, bus: bus.New(bus.Options{Instance: "here"}), drops: map[string]int{}}
	o := Options{
		Listen: "127.0.0.1:0", WebsocketListen: "127.0.0.1:0",
		Authenticate: authenticate,
		Drop: func(reason, _ string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.drops[reason]++
		},
	}
	if change != nil {
		change(&o)
	}
	b, err := New(o, r.bus)
	if err != nil {
		t.Fatal(err)
	}
	r.Broker = b
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.close() })
	return r
}

func (r *rig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if r.Broker == nil {
		return
	}
	if err := r.Close(ctx); err != nil {
		r.t.Error(err)
	}
	r.Broker = nil
}

func authenticate(c Credentials) (*access.Principal, error) {
	switch c.Username {
	case "nobody":
		return nil, fault.New(fault.Denied, "no")
	case "reader":
		p := &access.Principal{Kind: access.KindToken, ID: "reader", Role: access.RoleClient}
		p.Read, p.Write = []string{"allowed/#"}, []string{"allowed/#"}
		return p, nil
	case "admin":
		p := access.Anonymous()
		p.ID, p.Read = "admin", []string{"#", "$SYS/#"}
		return p, nil
	}
	return access.Anonymous(), nil
}

func (r *rig) dropCount(reason string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drops[reason]
}

// publish puts a message on the bus as the gateway itself.
func (r *rig) publish(topic, payload string, change func(*bus.Message)) {
	r.t.Helper()
	m := bus.Message{Topic: topic, Payload: []byte(payload), Origin: bus.Origin{Adapter: bus.FromHTTP}, Principal: access.System()}
	if change != nil {
		change(&m)
	}
	if _, err := r.bus.Publish(m); err != nil {
		r.t.Fatal(err)
	}
}

// eventually waits for a state that nothing announces.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// client returns what the broker says of a client; the zero value if it does not know it.
func (r *rig) client(id string) ClientInfo {
	for _, c := range r.Clients() {
		if c.ID == id {
			return c
		}
	}
	return ClientInfo{}
}

// awaitOffline waits until a session has lost its connection.
func (r *rig) awaitOffline(id string) {
	r.t.Helper()
	eventually(r.t, id+" is offline", func() bool { c := r.client(id); return !c.Since.IsZero() && !c.Connected })
}

// mosquitto runs one of Debian's clients against the broker and returns its output.
func (r *rig) mosquitto(tool string, args ...string) string {
	r.t.Helper()
	out, err := r.mosquittoMayFail(tool, args...)
	if err != nil {
		r.t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return out
}

func (r *rig) mosquittoMayFail(tool string, args ...string) (string, error) {
	r.t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		r.t.Fatalf("these tests need %s, from Debian's package mosquitto-clients: %v", tool, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	host, port, _ := net.SplitHostPort(r.Addrs()[ListenerTCP])
	out, err := exec.CommandContext(ctx, tool, append([]string{"-h", host, "-p", port}, args...)...).CombinedOutput()
	return string(out), err
}

// client is a bare MQTT client: it says and hears packets.
type client struct {
	t       *testing.T
	nc      net.Conn
	in      *bufio.Reader
	version byte
	nextID  uint16
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

// connect opens a session and returns the client with the broker's CONNACK.
func (r *rig) connect(version byte, id string, change func(*packets.Packet)) (*client, packets.Packet) {
	r.t.Helper()
	return connectOver(r.t, dial(r.t, r.Addrs()[ListenerTCP]), version, id, change)
}

func connectOver(t *testing.T, nc net.Conn, version byte, id string, change func(*packets.Packet)) (*client, packets.Packet) {
	t.Helper()
	c := &client{t: t, nc: nc, in: bufio.NewReader(nc), version: version}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}}
	pk.Connect.ProtocolName, pk.Connect.ClientIdentifier = []byte("MQTT"), id
	pk.Connect.Clean, pk.Connect.Keepalive = true, 60
	if change != nil {
		change(&pk)
	}
	c.send(pk)
	return c, c.expect(packets.Connack)
}

func (c *client) send(pk packets.Packet) {
	c.t.Helper()
	pk.ProtocolVersion = c.version
	b, err := encoded(pk)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// encoded is what a client says on the wire.
func encoded(pk packets.Packet) ([]byte, error) {
	pk.Mods.AllowResponseInfo = true
	var b bytes.Buffer
	encode := map[byte]func(*packets.Packet, *bytes.Buffer) error{
		packets.Connect: (*packets.Packet).ConnectEncode, packets.Publish: (*packets.Packet).PublishEncode,
		packets.Puback: (*packets.Packet).PubackEncode, packets.Pubrec: (*packets.Packet).PubrecEncode,
		packets.Pubrel: (*packets.Packet).PubrelEncode, packets.Pubcomp: (*packets.Packet).PubcompEncode,
		packets.Subscribe: (*packets.Packet).SubscribeEncode, packets.Unsubscribe: (*packets.Packet).UnsubscribeEncode,
		packets.Disconnect: (*packets.Packet).DisconnectEncode, packets.Pingreq: (*packets.Packet).PingreqEncode,
	}[pk.FixedHeader.Type]
	err := encode(&pk, &b)
	return b.Bytes(), err
}

// read returns the next packet, or an error when the broker has closed the connection.
func (c *client) read() (packets.Packet, error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	pk := packets.Packet{ProtocolVersion: c.version}
	first, err := c.in.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(first); err != nil {
		return pk, err
	}
	if pk.FixedHeader.Remaining, _, err = packets.DecodeLength(c.in); err != nil {
		return pk, err
	}
	body := make([]byte, pk.FixedHeader.Remaining)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return pk, err
	}
	decode := map[byte]func(*packets.Packet, []byte) error{
		packets.Connack: (*packets.Packet).ConnackDecode, packets.Publish: (*packets.Packet).PublishDecode,
		packets.Puback: (*packets.Packet).PubackDecode, packets.Pubrec: (*packets.Packet).PubrecDecode,
		packets.Pubrel: (*packets.Packet).PubrelDecode, packets.Pubcomp: (*packets.Packet).PubcompDecode,
		packets.Suback: (*packets.Packet).SubackDecode, packets.Unsuback: (*packets.Packet).UnsubackDecode,
		packets.Disconnect: (*packets.Packet).DisconnectDecode, packets.Pingresp: (*packets.Packet).PingrespDecode,
	}[pk.FixedHeader.Type]
	if decode == nil {
		return pk, fmt.Errorf("packet type %d", pk.FixedHeader.Type)
	}
	return pk, decode(&pk, body)
}

func (c *client) expect(kind byte) packets.Packet {
	c.t.Helper()
	pk, err := c.read()
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", packets.PacketNames[kind], err)
	}
	if pk.FixedHeader.Type != kind {
		c.t.Fatalf("got %s (%+v), want %s", packets.PacketNames[pk.FixedHeader.Type], pk, packets.PacketNames[kind])
	}
	return pk
}

// expectEnd reads until the broker closes, and fails if it does not.
func (c *client) expectEnd() {
	c.t.Helper()
	for {
		_, err := c.read()
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			c.t.Fatal("the broker kept the connection")
		}
		if err != nil {
			return
		}
	}
}

// expectMessage returns the payload of the next message and acknowledges it.
func (c *client) expectMessage(topic string) string {
	c.t.Helper()
	pk := c.expect(packets.Publish)
	if pk.TopicName != topic {
		c.t.Fatalf("got a message on %q, want %q", pk.TopicName, topic)
	}
	if pk.FixedHeader.Qos == 1 {
		c.ack(packets.Puback, pk.PacketID)
	}
	return string(pk.Payload)
}

// settle returns the messages that the broker has sent by the time it has handled everything said so far.
func (c *client) settle() (messages []packets.Packet) {
	c.t.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	for {
		pk, err := c.read()
		if err != nil {
			c.t.Fatal(err)
		}
		if pk.FixedHeader.Type == packets.Pingresp {
			return messages
		}
		messages = append(messages, pk)
	}
}

func (c *client) ack(kind byte, id uint16) {
	c.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: kind}, PacketID: id}
	if kind == packets.Pubrel {
		pk.FixedHeader.Qos = 1
	}
	c.send(pk)
}

// subscribe returns the reason code of SUBACK.
func (c *client) subscribe(filter string, qos byte, change func(*packets.Subscription)) byte {
	c.t.Helper()
	sub := packets.Subscription{Filter: filter, Qos: qos}
	if change != nil {
		change(&sub)
	}
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: c.id()}
	pk.Filters = packets.Subscriptions{sub}
	if sub.Identifier > 0 {
		pk.Properties.SubscriptionIdentifier = []int{sub.Identifier}
	}
	c.send(pk)
	return c.expect(packets.Suback).ReasonCodes[0]
}

func (c *client) id() uint16 {
	c.nextID++
	return c.nextID
}

// publish sends a message and, for QoS 1, returns the reason code of PUBACK.
func (c *client) publish(topic, payload string, qos byte, change func(*packets.Packet)) byte {
	c.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: topic, Payload: []byte(payload)}
	if qos > 0 {
		pk.PacketID = c.id()
	}
	if change != nil {
		change(&pk)
	}
	c.send(pk)
	if qos != 1 {
		return 0
	}
	ack := c.expect(packets.Puback)
	if ack.PacketID != pk.PacketID {
		c.t.Fatalf("PUBACK for %d, want %d", ack.PacketID, pk.PacketID)
	}
	return ack.ReasonCode
}

func itoa(i int) string { return strconv.Itoa(i) }
