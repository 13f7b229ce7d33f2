package broker

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/fault"
)

func TestRefusals(t *testing.T) {
	refuse := func(code fault.Code) func(Credentials) (*access.Principal, error) {
		return func(Credentials) (*access.Principal, error) { return nil, fault.New(code, "no") }
	}
	for _, tc := range []struct {
		name   string
		auth   func(Credentials) (*access.Principal, error)
		id     string
		v3, v5 byte
	}{
		{"denied", refuse(fault.Denied), "c", 5, 0x87},
		{"bad password", refuse(fault.Invalid), "c", 4, 0x86},
		{"too often", refuse(fault.RateLimited), "c", 3, 0x9f},
		{"starting", refuse(fault.Unavailable), "c", 3, 0x88},
		{"nobody decides", nil, "c", 5, 0x87},
		{"long client id", authenticate, strings.Repeat("x", 300), 2, 0x85},
		{"control character", authenticate, "a\nb", 2, 0x85},
		{"let in", authenticate, "c", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, func(o *Options) { o.Authenticate = tc.auth })
			old, ack := r.connect(4, tc.id, nil)
			if ack.ReasonCode != tc.v3 {
				t.Errorf("MQTT 3.1.1: CONNACK %d, want %d", ack.ReasonCode, tc.v3)
			}
			if tc.v3 != 0 {
				old.expectEnd()
			}
			if _, ack := r.connect(5, tc.id, nil); ack.ReasonCode != tc.v5 {
				t.Errorf("MQTT 5: CONNACK %#x, want %#x", ack.ReasonCode, tc.v5)
			}
		})
	}
}

func TestCredentialsArriveAndLimitsAreTold(t *testing.T) {
	var got Credentials
	r := start(t, func(o *Options) {
		o.Authenticate = func(c Credentials) (*access.Principal, error) { got = c; return access.Anonymous(), nil }
	})
	_, ack := r.connect(5, "", func(pk *packets.Packet) {
		pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("u")
		pk.Connect.PasswordFlag, pk.Connect.Password = true, []byte("p")
	})
	if got.Username != "u" || string(got.Password) != "p" || got.Listener != ListenerTCP || !strings.HasPrefix(got.Remote, "127.0.0.1:") {
		t.Errorf("got %+v", got)
	}
	if p := ack.Properties; p.AssignedClientID == "" || p.AssignedClientID != got.ClientID || p.MaximumPacketSize != 1<<20 || p.ReceiveMaximum != 1024 {
		t.Errorf("CONNACK %+v", p)
	}
}

func TestConnectionThatSaysNothingIsClosed(t *testing.T) {
	r := start(t, func(o *Options) { o.ConnectTimeout = 50 * time.Millisecond })
	for _, said := range []string{"", "\x10", "\x10\x20\x00\x04MQ"} {
		nc := dial(t, r.Addrs()[ListenerTCP])
		if _, err := nc.Write([]byte(said)); err != nil {
			t.Fatal(err)
		}
		_ = nc.SetReadDeadline(time.Now().Add(patience))
		if _, err := nc.Read(make([]byte, 1)); err == nil || isTimeout(err) {
			t.Errorf("after %q: %v", said, err)
		}
	}
	eventually(t, "all are counted", func() bool { return r.dropCount("connect_timeout") == 3 })
	c, _ := r.connect(4, "c", nil) // who did connect, stays
	published := time.Now()
	eventually(t, "the timeout has passed", func() bool { return time.Since(published) > 100*time.Millisecond })
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	c.expect(packets.Pingresp)
}

func isTimeout(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}

func TestConnectionsAreBounded(t *testing.T) {
	r := start(t, func(o *Options) { o.MaxConnections = 2 })
	r.connect(4, "a", nil)
	b, _ := r.connect(5, "b", nil)
	if _, ack := r.connect(4, "c", nil); ack.ReasonCode != 3 {
		t.Errorf("MQTT 3.1.1: CONNACK %d", ack.ReasonCode)
	}
	if _, ack := r.connect(5, "d", nil); ack.ReasonCode != packets.ErrServerBusy.Code {
		t.Errorf("MQTT 5: CONNACK %#x", ack.ReasonCode)
	}
	eventually(t, "both are counted", func() bool { return r.dropCount("connections") == 2 })
	b.nc.Close()
	eventually(t, "there is room again", func() bool {
		c, ack := r.connect(4, "e", nil)
		c.nc.Close()
		return ack.ReasonCode == 0
	})
}

func TestOversizedPacketEndsTheConnection(t *testing.T) {
	r := start(t, func(o *Options) { o.MaxPacket = 1000 })
	c, _ := r.connect(4, "c", nil)
	if _, err := c.nc.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}); err != nil { // 256 MB announced
		t.Fatal(err)
	}
	c.expectEnd()
	eventually(t, "it is counted", func() bool { return r.dropCount("malformed") == 1 })
}

func TestMalformedPacketsCostOneConnection(t *testing.T) {
	r := start(t, nil)
	other, _ := r.connect(4, "other", nil)
	for i, bad := range [][]byte{
		{0xf0, 0},                              // AUTH before MQTT 5
		{0x36, 2, 0, 0},                        // QoS 3
		{0x30, 3, 0, 9, 'a'},                   // topic longer than the packet
		{0x30, 3, 0, 1, '#'},                   // wildcard in a topic
		{0x80, 2, 0, 1},                        // SUBSCRIBE with wrong flags
		{0x30, 0xff, 0xff, 0xff, 0xff, 0x7f},   // length of five bytes
		{0x10, 2, 0, 0},                        // CONNECT again
		bytes.Repeat([]byte{0x82, 2, 0, 1}, 3), // SUBSCRIBE to nothing
	} {
		c, _ := r.connect(4, itoa(i), nil)
		if _, err := c.nc.Write(bad); err != nil {
			t.Fatal(err)
		}
		c.expectEnd()
	}
	other.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	other.expect(packets.Pingresp)
	if r.dropCount("malformed") < 6 {
		t.Errorf("%d counted", r.dropCount("malformed"))
	}
}

// web opens a connection to the websocket listener.
func (r *rig) web(t *testing.T) net.Conn {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), "ws://"+r.Addrs()[ListenerWebsocket]+WebsocketPath, &websocket.DialOptions{Subprotocols: []string{"mqtt"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	if ws.Subprotocol() != "mqtt" {
		t.Errorf("subprotocol %q", ws.Subprotocol())
	}
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary)
}

func TestWebsocket(t *testing.T) {
	for _, version := range []byte{4, 5} {
		r := start(t, nil)
		c, _ := connectOver(t, r.web(t), version, "web", nil)
		c.subscribe("t", 1, nil)
		r.mosquitto("mosquitto_pub", "-t", "t", "-m", "hello", "-q", "1")
		if got := c.expectMessage("t"); got != "hello" {
			t.Errorf("got %q", got)
		}
		if info := r.client("web"); info.Listener != ListenerWebsocket || !strings.HasPrefix(info.Remote, "127.0.0.1:") {
			t.Errorf("%+v", info)
		}
		refused, ack := connectOver(t, r.web(t), version, "nobody", func(pk *packets.Packet) {
			pk.Connect.UsernameFlag, pk.Connect.Username = true, []byte("nobody")
		})
		if ack.ReasonCode == 0 {
			t.Error("let nobody in")
		}
		refused.expectEnd()
		r.close()
		if version == 5 {
			if pk := c.expect(packets.Disconnect); pk.ReasonCode != packets.ErrServerShuttingDown.Code {
				t.Errorf("DISCONNECT %#x", pk.ReasonCode)
			}
		}
		c.expectEnd()
	}
}

func TestWebsocketOrigin(t *testing.T) {
	allowShop := func(o *Options) {
		o.AllowOrigin = func(r *http.Request) bool { return r.Header.Get("Origin") == "https://shop.example" }
	}
	for _, tc := range []struct {
		name, origin string
		change       func(*Options)
		want         bool
	}{
		{"foreign, nothing configured", "https://evil.example", nil, false},
		{"foreign", "https://evil.example", allowShop, false},
		{"allowed", "https://shop.example", allowShop, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, tc.change)
			ws, resp, err := websocket.Dial(t.Context(), "ws://"+r.Addrs()[ListenerWebsocket]+WebsocketPath, &websocket.DialOptions{
				Subprotocols: []string{"mqtt"}, HTTPHeader: http.Header{"Origin": {tc.origin}},
			})
			if (err == nil) != tc.want {
				t.Errorf("got %v", err)
			}
			if err == nil {
				ws.CloseNow()
			} else if resp.StatusCode != http.StatusForbidden {
				t.Errorf("status %d", resp.StatusCode)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	r := start(t, func(o *Options) {
		o.TLSListen, o.TLS = "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}}
	})
	nc, err := tls.Dial("tcp", r.Addrs()[ListenerTLS], &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c, _ := connectOver(t, nc, 5, "tls", nil)
	c.subscribe("t", 0, nil)
	r.publish("t", "x", nil)
	if got := c.expectMessage("t"); got != "x" {
		t.Errorf("got %q", got)
	}
	plain := dial(t, r.Addrs()[ListenerTLS])
	if _, err := plain.Write([]byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x0a\x00\x00")); err != nil {
		t.Fatal(err)
	}
	_ = plain.SetReadDeadline(time.Now().Add(patience))
	for err == nil {
		_, err = plain.Read(make([]byte, 100))
	}
	if isTimeout(err) {
		t.Error("plain MQTT on the TLS port is not closed")
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestCloseIsBounded(t *testing.T) {
	r := start(t, nil)
	r.connect(4, "c", nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := r.Broker
	if err := b.Close(ctx); err == nil {
		t.Log("closed before the context was looked at")
	}
	r.Broker = nil
	eventually(t, "it closes all the same", func() bool {
		_, err := net.Dial("tcp", b.Addrs()[ListenerTCP])
		return err != nil
	})
}

func TestCloseDoesNotWaitForThoseWhoSayNothing(t *testing.T) {
	r := start(t, func(o *Options) { o.ConnectTimeout = time.Hour })
	quiet := dial(t, r.Addrs()[ListenerTCP])
	if _, err := quiet.Write([]byte{0x10}); err != nil {
		t.Fatal(err)
	}
	c, _ := r.connect(4, "c", nil) // by now the other was accepted
	r.close()
	c.expectEnd()
	_ = quiet.SetReadDeadline(time.Now().Add(patience))
	if _, err := quiet.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("got %v", err)
	}
}

func TestManyConnectionsEndAtOnce(t *testing.T) {
	const n = 200
	r := start(t, nil)
	var all []*client
	for i := range n {
		c, _ := r.connect(4, itoa(i), nil)
		c.subscribe("t/"+itoa(i), 1, nil)
		all = append(all, c)
	}
	if s := r.Stats(); s.Connections != n || s.Subscriptions != n {
		t.Errorf("%+v", s)
	}
	for _, c := range all {
		c.nc.Close()
	}
	eventually(t, "all is forgotten", func() bool {
		s := r.Stats()
		return s.Connections == 0 && s.Sessions == 0 && s.Subscriptions == 0 && r.server.Clients.Len() == 0
	})
}
