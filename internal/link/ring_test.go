package link

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/internal/bus"
)

// TestGatewaysInARing links real gateways round in circles. From the first message on, each subscriber has everything once.
func TestGatewaysInARing(t *testing.T) {
	path := buildGateway(t)
	for _, c := range []struct {
		directions []string // of the link of each gateway to the next
		qos        int
	}{
		{[]string{"out", "out"}, 1},
		{[]string{"in", "in"}, 1},
		{[]string{"both", "both"}, 1},
		{[]string{"both", "both"}, 0},
		{[]string{"both", "out"}, 1},
		{[]string{"out", "out", "out"}, 1},
		{[]string{"out", "out", "out"}, 0},
		{[]string{"both", "both", "both"}, 1},
		{[]string{"out", "both", "out"}, 2},
	} {
		t.Run(fmt.Sprint(c.directions, " qos ", c.qos), func(t *testing.T) {
			t.Parallel()
			r := startCircle(t, path, c.directions, c.qos)
			r.sayEverywhere(40)
			r.sayEverywhere(40)
			warned := 0
			for i, g := range r.gateways {
				n := strings.Count(g.log(), "go round in a ring")
				if warned += n; n > 1 {
					t.Errorf("gateway %d warned %d times\n%s", i, n, g.log())
				}
			}
			if warned == 0 {
				t.Error("nobody warns")
			}
		})
	}
}

// circle is gateways that are linked in a circle, each with a client that publishes and hears everything.
type circle struct {
	t        *testing.T
	gateways []*process
	clients  []*Client
	seen     []chan string
	round    int
	qos      byte
}

func startCircle(t *testing.T, path string, directions []string, qos int) *circle {
	r := &circle{t: t, qos: byte(qos)}
	ports := make([]string, len(directions))
	for i := range ports {
		ports[i] = freePort(t)
	}
	for i, direction := range directions {
		g := newProcess(t, path, fmt.Sprintf(`
[[link]]
name = "next"
client_id = "link-of-%d"
url = "mqtt://127.0.0.1:%s"
topics = [ { filter = "home/#", direction = %q, qos = %d } ]
`, i, ports[(i+1)%len(ports)], direction, qos))
		g.listen(ports[i])
		g.start()
		r.gateways = append(r.gateways, g)
	}
	for _, g := range r.gateways {
		r.watch(g)
	}
	for _, g := range r.gateways {
		eventually(t, "the link is up", func() bool { return strings.Contains(g.log(), "link connected") })
	}
	return r
}

func (r *circle) watch(g *process) {
	seen := make(chan string, 10_000)
	c := NewClient(g.mqtt, "watcher", ClientOptions{})
	if err := c.Subscribe("home/#", 1, func(topic string, payload []byte, _ bool) { seen <- topic + " " + string(payload) }); err != nil {
		r.t.Fatal(err)
	}
	connect(r.t, c)
	r.clients, r.seen = append(r.clients, c), append(r.seen, seen)
}

func (r *circle) publish(i int, topic, payload string) {
	if err := r.clients[i].Publish(r.t.Context(), topic, []byte(payload), r.qos, false); err != nil {
		r.t.Fatal(err)
	}
}

// sayEverywhere has n messages published on each gateway, every second of them the same, and wants each to be seen once on each.
func (r *circle) sayEverywhere(n int) {
	r.round++
	round, all := strconv.Itoa(r.round), len(r.gateways)
	for k := range n {
		for i := range all {
			text := "toggle"
			if k%2 == 0 {
				text = strconv.Itoa(k)
			}
			r.publish(i, "home/"+round+"/"+strconv.Itoa(i), text)
		}
	}
	for i := range all {
		r.publish(i, "home/"+round+"/"+strconv.Itoa(i), "end")
	}
	for i := range all {
		lines := r.untilEnds(i, round)
		for origin := range all {
			from := "home/" + round + "/" + strconv.Itoa(origin) + " "
			if got := lines[from+"toggle"]; got != n/2 {
				r.t.Errorf("gateway %d saw %d of %d toggles of gateway %d", i, got, n/2, origin)
			}
			for k := 0; k < n; k += 2 {
				if got := lines[from+strconv.Itoa(k)]; got != 1 {
					r.t.Errorf("gateway %d saw %s%d %d times", i, from, k, got)
				}
			}
		}
		for line := range lines {
			if !strings.HasPrefix(line, "home/"+round+"/") {
				r.t.Errorf("gateway %d saw %q late", i, line)
			}
		}
	}
}

// untilEnds collects what a gateway's watcher sees until the last message of each gateway.
func (r *circle) untilEnds(i int, round string) map[string]int {
	lines := map[string]int{}
	for ends := 0; ends < len(r.gateways); {
		select {
		case line := <-r.seen[i]:
			lines[line]++
			if strings.HasSuffix(line, " end") && strings.HasPrefix(line, "home/"+round+"/") {
				ends++
			}
		case <-time.After(patience):
			r.t.Fatalf("gateway %d does not see every end of round %s: %v\n%s", i, round, lines, r.gateways[i].log())
		}
	}
	return lines
}

// TestMirrorsAreNoRing has clients that publish the same for good reasons.
func TestMirrorsAreNoRing(t *testing.T) {
	r := newRings()
	now := time.Now()
	r.now = func() time.Time { return now }
	from := func(client, payload string) bool {
		peer, _ := r.fromBus(&bus.Message{Topic: "t", Payload: []byte(payload), Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: client}})
		return peer
	}
	for i := range 10 * ringCertain {
		now = now.Add(time.Second)
		if from("a", "on") || from("b", "on") && i < ringCertain-1 || from("a", "on") {
			t.Fatalf("round %d: taken for a ring", i)
		}
		if i%10 == 0 {
			from("b", "something of its own"+strconv.Itoa(i))
		}
	}
	if len(r.peers) != 0 {
		t.Errorf("%v taken for the other end of a ring", r.peers)
	}
}
