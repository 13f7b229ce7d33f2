package app

import (
	"context"
	"net"
	"os"
	"sync"
	"time"

	"gateway/internal/api"
)

const (
	foreignBroker = "127.0.0.1:1883" // where a broker is that was there before
	foundFor      = 10 * time.Second // how long an answer about it holds: anybody may ask
	findTime      = 300 * time.Millisecond
)

// firstRun is what the setup needs of the gateway.
type firstRun struct {
	*gateway

	mu     sync.Mutex
	looked time.Time
	found  string
}

// About says what there is.
func (f *firstRun) About(ctx context.Context) api.SetupState {
	host, _ := os.Hostname() // without a name the page shows what it was opened by
	set := f.settings.Settings()
	state := api.SetupState{
		Name: set.Name, TimeZone: set.TimeZone, Version: f.options.Version, Demo: f.options.Demo, Listen: f.addresses(),
		Hostname: host, SocketIOPath: f.config.SocketIO.Path,
	}
	if !f.identity.Claimed() && !f.holds(foreignBroker) {
		state.FoundBroker = f.findBroker(ctx)
	}
	return state
}

// holds reports whether the port of addr is one of the gateway's own for MQTT.
func (f *firstRun) holds(addr string) bool {
	_, port, _ := net.SplitHostPort(addr)
	for _, own := range f.broker.Addrs() {
		if _, p, err := net.SplitHostPort(own); err == nil && p == port {
			return true
		}
	}
	return false
}

// findBroker looks for somebody else's broker on this machine.
func (f *firstRun) findBroker(ctx context.Context) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < foundFor {
		return f.found
	}
	f.found = ""
	if speaksMQTT(ctx, foreignBroker) {
		f.found = foreignBroker
	}
	f.looked = time.Now()
	return f.found
}

// speaksMQTT reports whether a broker answers at addr, whatever it answers: CONNACK is what counts.
func speaksMQTT(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(findTime))
	connect := []byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x0a\x00\x00") // 3.1.1, clean session, no client id
	if _, err := c.Write(connect); err != nil {
		return false
	}
	connack := make([]byte, 1)
	_, err = c.Read(connack)
	return err == nil && connack[0] == 0x20
}
