package app_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// connectWithWill connects a device whose retained will says "!" on "w".
func (g *running) connectWithWill() {
	g.t.Helper()
	c, err := net.Dial("tcp", g.mqtt)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = c.Close() })
	connect := append([]byte{0x10, 19, 0, 4}, "MQTT\x04\x26\x00\x00\x00\x01a\x00\x01w\x00\x01!"...)
	if _, err := c.Write(connect); err != nil {
		g.t.Fatal(err)
	}
	connack := make([]byte, 4)
	if _, err := io.ReadFull(c, connack); err != nil || connack[3] != 0 {
		g.t.Fatalf("CONNACK %x, %v", connack, err)
	}
}

// A client that does not read costs a stop neither its success nor the words of others.
func TestStopWithAClientThatDoesNotRead(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir, anyPorts+"[state]\nflush_interval = \"10m\"\ncheckpoint_interval = \"10m\"\n")
	stalled := g.dial()
	stalled.write(`42/mqtt,0["subscribe","#"]`)
	stalled.read("43/mqtt,0")
	g.connectWithWill()
	for range 60 { // more than the sockets' buffers take
		if a := g.ask(http.MethodPost, g.http+"api/v1/publish/big", strings.Repeat("x", 200_000)); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if err := g.stop(); err != nil {
		t.Errorf("the stop failed: %v\n%s", err, g.log)
	}
	if !strings.Contains(g.log.String(), "cut off") {
		t.Errorf("the log does not tell that a client was cut off:\n%s", g.log)
	}

	late := start(t, dir, anyPorts).dial()
	late.write(`42/mqtt,0["subscribe","w"]`)
	if message := late.read(`42/mqtt,["message","w"`); !strings.Contains(message, `"!"`) {
		t.Errorf("the will that was published at the stop came back as %s", message)
	}
}
