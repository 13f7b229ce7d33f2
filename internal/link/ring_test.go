package link

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/internal/bus"
)

// TestTwoGatewaysInARing links each of two real gateways to the other.
func TestTwoGatewaysInARing(t *testing.T) {
	path := buildGateway(t)
	for _, directions := range [][2]string{{"out", "out"}, {"in", "in"}, {"both", "both"}, {"both", "out"}} {
		t.Run(directions[0]+" and "+directions[1], func(t *testing.T) {
			t.Parallel()
			testRing(t, path, directions)
		})
	}
}

func testRing(t *testing.T, path string, directions [2]string) {
	ports := [2]string{freePort(t), freePort(t)}
	var gateways [2]*process
	var clients [2]*Client
	var seen [2]chan string
	for i := range gateways {
		gateways[i] = newProcess(t, path, fmt.Sprintf(`
[[link]]
name = "other%d"
url = "mqtt://127.0.0.1:%s"
topics = [ { filter = "home/#", direction = %q, qos = 1 } ]
`, i, ports[1-i], directions[i]))
		gateways[i].listen(ports[i])
		gateways[i].start()
	}
	for i := range clients {
		ch := make(chan string, 10_000)
		seen[i] = ch
		clients[i] = NewClient(gateways[i].mqtt, "watcher", ClientOptions{})
		if err := clients[i].Subscribe("home/#", 1, func(topic string, payload []byte, _ bool) { ch <- topic + " " + string(payload) }); err != nil {
			t.Fatal(err)
		}
		connect(t, clients[i])
	}
	for _, g := range gateways {
		eventually(t, "the link is up", func() bool { return strings.Contains(g.log(), "link connected") })
	}
	publish := func(i int, topic, payload string) {
		if err := clients[i].Publish(t.Context(), topic, []byte(payload), 1, false); err != nil {
			t.Fatal(err)
		}
	}
	// A few messages go round until the ring is noticed at both ends.
	warned := func(g *process) int { return strings.Count(g.log(), "go round in a ring") }
	for i, end := 0, time.Now().Add(patience); warned(gateways[0])+warned(gateways[1]) == 0; i++ {
		publish(i%2, "home/x", "first "+strconv.Itoa(i))
		if time.Now().After(end) {
			t.Fatal("nobody warns")
		}
	}
	for i := range 30 {
		publish(i%2, "home/x", "more "+strconv.Itoa(i))
	}
	settle := func(mark string) (lines [2]map[string]int) {
		for i := range seen {
			publish(i, "home/x", mark+strconv.Itoa(i))
		}
		for i := range seen {
			lines[i] = map[string]int{}
			for lines[i]["home/x "+mark+"0"] == 0 || lines[i]["home/x "+mark+"1"] == 0 {
				select {
				case line := <-seen[i]:
					lines[i][line]++
				case <-time.After(patience):
					t.Fatalf("gateway %d does not see %s\n%s\n%s", i, mark, gateways[0].log(), gateways[1].log())
				}
			}
		}
		return lines
	}
	settle("settled")
	const n = 50
	for i := range n {
		publish(0, "home/x", "a"+strconv.Itoa(i))
		publish(1, "home/x", "b"+strconv.Itoa(i))
	}
	for i, lines := range settle("end") {
		for j := range n {
			for _, side := range []string{"a", "b"} {
				if got := lines["home/x "+side+strconv.Itoa(j)]; got != 1 {
					t.Errorf("gateway %d saw %s%d %d times", i, side, j, got)
				}
			}
		}
	}
	for i, g := range gateways {
		t.Logf("gateway %d warned %d times", i, warned(g))
		if warned(g) > 1 {
			t.Errorf("gateway %d warned %d times", i, warned(g))
		}
	}
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
