package link

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/mapping"
)

// values is the least LastValues.
type values struct {
	mu sync.Mutex
	m  map[string]bus.Message
}

func (v *values) Put(m *bus.Message)  { v.mu.Lock(); defer v.mu.Unlock(); v.m[m.Topic] = *m }
func (v *values) Delete(topic string) { v.mu.Lock(); defer v.mu.Unlock(); delete(v.m, topic) }
func (v *values) Get(topic string) (bus.Message, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m, ok := v.m[topic]
	return m, ok
}

func (v *values) Match(filter string, fn func(bus.Message) bool) {
	v.mu.Lock()
	all := maps.Clone(v.m)
	v.mu.Unlock()
	for topic, m := range all {
		if mapping.MatchFilter(filter, topic) && !fn(m) {
			return
		}
	}
}

// side is a bus with a link.
type side struct {
	t *testing.T
	*bus.Bus
	link *Link
	seen chan *bus.Message
	stop func()
}

func newSide(t *testing.T, c Config) *side {
	t.Helper()
	return newSideOn(t, c, Options{})
}

func newSideOn(t *testing.T, c Config, o Options, change ...func(*Link)) *side {
	t.Helper()
	s := &side{t: t, Bus: bus.New(bus.Options{Values: &values{m: map[string]bus.Message{}}}), seen: make(chan *bus.Message, 10_000)}
	if c.Name == "" {
		c.Name = "house"
	}
	l, err := New(c, s.Bus, o)
	if err != nil {
		t.Fatal(err)
	}
	s.link = l
	l.client.timing.firstRetry, l.client.timing.lastRetry = 20*time.Millisecond, 200*time.Millisecond
	l.client.timing.quiet = 20 * time.Millisecond
	for _, fn := range change {
		fn(l)
	}
	s.Attach("test", func(d *bus.Delivery) { s.seen <- d.Message })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.Run(ctx)
	}()
	s.stop = func() { cancel(); <-done }
	t.Cleanup(s.stop)
	return s
}

func (s *side) await(state State) {
	s.t.Helper()
	eventually(s.t, "the link is "+string(state), func() bool { return s.link.Stats().State == state })
}

func (s *side) publish(topic, payload string, retain bool) bus.Receipt {
	s.t.Helper()
	m := bus.Message{
		Topic: topic, Payload: []byte(payload), Retain: retain, QoS: 1, Principal: access.System(), Origin: bus.Origin{Adapter: bus.FromHTTP},
	}
	receipt, err := s.Publish(m)
	if err != nil {
		s.t.Fatal(err)
	}
	return receipt
}

// message returns what the bus saw next, as "topic payload".
func (s *side) message() string {
	s.t.Helper()
	select {
	case m := <-s.seen:
		return m.Topic + " " + string(m.Payload)
	case <-time.After(patience):
		s.t.Fatal("nothing on the bus")
		return ""
	}
}

func topics(list ...Topic) []Topic {
	for i := range list {
		list[i].QoS = 1
	}
	return list
}

func TestInOutAndPrefixes(t *testing.T) {
	m := startMosquitto(t, "")
	remote := m.sub("site7/#")
	s := newSide(t, Config{URL: m.url(), Topics: topics(
		Topic{Filter: "zigbee2mqtt/#", Direction: DirectionIn, LocalPrefix: "house/"},
		Topic{Filter: "home/#", Direction: DirectionOut, RemotePrefix: "site7/"},
	)})
	s.await(Connected)
	m.pub("zigbee2mqtt/lamp", "on")
	m.pub("other", "not for us")
	m.pub("zigbee2mqtt/lamp", "off")
	for _, want := range []string{"house/zigbee2mqtt/lamp on", "house/zigbee2mqtt/lamp off"} {
		if got := s.message(); got != want {
			t.Errorf("in: got %q, want %q", got, want)
		}
	}
	s.publish("elsewhere", "not for them", false)
	for i := range 100 {
		s.publish("home/kitchen", strconv.Itoa(i), false)
	}
	for i := range 100 {
		if got, want := remote.message(), "site7/home/kitchen "+strconv.Itoa(i); got != want {
			t.Fatalf("out: got %q, want %q", got, want)
		}
	}
	eventually(t, "the counters", func() bool { st := s.link.Stats(); return st.In == 2 && st.Out == 100 && st.Queued == 0 })
}

func TestBothDirectionsDoNotEcho(t *testing.T) {
	m := startMosquitto(t, "")
	remote := m.sub("#")
	s := newSide(t, Config{URL: m.url(), Topics: topics(Topic{Filter: "both/#", Direction: DirectionBoth})})
	s.await(Connected)
	for i := range 50 {
		s.publish("both/x", strconv.Itoa(i%3), i%2 == 0)
		m.pub("both/y", strconv.Itoa(i))
	}
	s.publish("both/end", "local", false)
	m.pub("both/end", "remote")
	local := map[string]int{}
	for line := ""; line != "both/end remote"; local[line]++ {
		line = s.message()
	}
	atRemote := map[string]int{}
	for atRemote["both/end remote"] == 0 || atRemote["both/end local"] == 0 {
		atRemote[remote.message()]++
	}
	if n := local["both/x 0"] + local["both/x 1"] + local["both/x 2"]; n != 50 || local["both/end local"] != 1 {
		t.Errorf("our own messages were seen %d times here, not 50: %v", n, local)
	}
	if n := atRemote["both/x 0"] + atRemote["both/x 1"] + atRemote["both/x 2"]; n != 50 {
		t.Errorf("our messages were seen %d times there, not 50", n)
	}
	for i := range 50 {
		if line := "both/y " + strconv.Itoa(i); local[line] != 1 || atRemote[line] != 1 {
			t.Errorf("%q came %d times here and %d there", line, local[line], atRemote[line])
		}
	}
}

func TestNothingIsLostWhileTheBrokerIsDown(t *testing.T) {
	m := startMosquitto(t, "")
	s := newSide(t, Config{URL: m.url(), ClientID: "gw", Topics: topics(
		Topic{Filter: "out/#", Direction: DirectionOut}, Topic{Filter: "in/#", Direction: DirectionIn},
	)})
	s.await(Connected)
	m.pub("in/x", "before")
	if got := s.message(); got != "in/x before" {
		t.Errorf("got %q", got)
	}
	m.stop()
	s.await(Failed)
	for i := range 200 {
		s.publish("out/x", strconv.Itoa(i), false)
		<-s.seen
	}
	if q := s.link.Stats().Queued; q != 200 {
		t.Errorf("%d queued", q)
	}
	m.start()
	m.pub("in/x", "while away") // kept by the broker for our session, if we are not back yet
	remote := m.sub("out/#")
	if got := s.message(); got != "in/x while away" {
		t.Errorf("got %q", got)
	}
	s.await(Connected)
	s.publish("out/x", "last", false)
	seen := map[string]bool{}
	for line := ""; line != "out/x last"; seen[line] = true {
		line = remote.message()
	}
	eventually(t, "all are acknowledged", func() bool { return s.link.Stats().Out == 201 })
	if st := s.link.Stats(); st.Reconnects != 1 || st.Dropped != 0 || st.LastError != "" {
		t.Errorf("%+v", st)
	}
}

func TestRetainedIsNotTakenTwice(t *testing.T) {
	m := startMosquitto(t, "")
	m.pub("in/x", "kept", "-r")
	s := newSide(t, Config{URL: m.url(), Topics: topics(Topic{Filter: "in/#", Direction: DirectionBoth})})
	msg := <-s.seen
	if !msg.Retain || msg.Origin != (bus.Origin{Adapter: bus.FromLink, Conn: "house"}) {
		t.Errorf("got %+v", msg)
	}
	m.stop()
	s.await(Failed)
	s.publish("in/y", "newer here", true) // while the broker has nothing
	m.start()
	s.await(Connected)
	m.pub("in/end", "end")
	for _, want := range []string{"in/y newer here", "in/end end"} {
		if got := s.message(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWrongPasswordShowsInTheState(t *testing.T) {
	m := startMosquitto(t, "allow_anonymous false")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSide(t, Config{URL: m.url(), Username: "gateway", PasswordFile: file, Topics: topics(Topic{Filter: "#", Direction: DirectionIn})})
	s.await(Failed)
	if got := s.link.Stats().LastError; !strings.Contains(got, "refuses user name or password") {
		t.Errorf("last error %q", got)
	}
}

func TestUnreachableBrokerShowsInTheState(t *testing.T) {
	s := newSide(t, Config{URL: "mqtt://127.0.0.1:" + freePort(t), Topics: topics(Topic{Filter: "#", Direction: DirectionIn})})
	s.await(Failed)
	if got := s.link.Stats().LastError; !strings.Contains(got, "cannot be reached") || !strings.Contains(got, "refused") {
		t.Errorf("last error %q", got)
	}
}

func TestStatusTopic(t *testing.T) {
	m := startMosquitto(t, "")
	remote := m.sub("status/gateway")
	s := newSide(t, Config{URL: m.url(), StatusTopic: "status/gateway", Topics: topics(Topic{Filter: "a", Direction: DirectionIn})})
	if got := remote.message(); got != "status/gateway online" {
		t.Errorf("got %q", got)
	}
	s.stop()
	if got := remote.message(); got != "status/gateway offline" {
		t.Errorf("got %q", got)
	}
}

func TestLinkMayNotWriteTheGatewaysTopics(t *testing.T) {
	m := startMosquitto(t, "")
	s := newSide(t, Config{URL: m.url(), Topics: topics(
		Topic{Filter: "#", Direction: DirectionIn, RemotePrefix: "evil/", LocalPrefix: ""},
	)})
	s.await(Connected)
	m.pub("evil/$SYS/broker/version", "hacked")
	m.pub("evil/end", "end")
	if got := s.message(); got != "end end" {
		t.Errorf("got %q", got)
	}
	if st := s.link.Stats(); st.Dropped != 1 {
		t.Errorf("%d dropped", st.Dropped)
	}
}

func TestConfigFaultsAreAllNamed(t *testing.T) {
	_, err := New(Config{
		Name: "x", URL: "http://a", CertFile: "c", StatusTopic: "a/#", Outbox: Outbox{Full: "explode"},
		Topics: []Topic{{Filter: "a/#/b", Direction: "in"}, {Filter: "a", Direction: "up"}, {Filter: "a", Direction: "in", QoS: 3}, {Filter: "a", Direction: "in", LocalPrefix: "+/"}},
	}, nil, Options{})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"url:", "cert_file", "status_topic", "topics[0]: filter", "topics[1]: direction", "topics[2]: qos", "topics[3]: remote_prefix and local_prefix", "outbox.full"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in:\n%v", want, err)
		}
	}
	for _, bad := range []Config{
		{Name: "x", URL: "mqtt://a", PasswordFile: "/none", Topics: topics(Topic{Filter: "a", Direction: "in"})},
		{Name: "x", URL: "mqtts://a", CAFile: "/none", Topics: topics(Topic{Filter: "a", Direction: "in"})},
		{Name: "x", URL: "mqtt://u:p@a", Topics: topics(Topic{Filter: "a", Direction: "in"})},
		{Name: "x", URL: "mqtt://a"},
	} {
		if _, err := New(bad, nil, Options{}); err == nil {
			t.Errorf("accepted %+v", bad)
		}
	}
}
