package link

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestArrivalsSurviveKill kills the real program while messages come in for a local session that is on disk: what was not
// there yet, the remote broker sends again.
func TestArrivalsSurviveKill(t *testing.T) {
	const n = 300
	m := startMosquitto(t, "")
	p := newProcess(t, buildGateway(t), fmt.Sprintf(`
[[link]]
name = "house"
url = %q
client_id = "gw"
topics = [ { filter = "home/#", direction = "in", qos = 1 } ]
`, m.url()))
	p.start()
	got := make(chan string, 10*n)
	keeper := func() *Client {
		c := NewClient(p.mqtt, "keeper", ClientOptions{KeepSession: true})
		if err := c.Subscribe("home/#", 1, func(topic string, payload []byte, _ bool) { got <- topic + " " + string(payload) }); err != nil {
			t.Fatal(err)
		}
		connect(t, c)
		return c
	}
	keeper().Close()
	eventually(t, "the link is up", func() bool { return strings.Contains(p.log(), "link connected") })
	far := NewClient(m.url(), "far", ClientOptions{})
	connect(t, far)
	for i := 1; i <= n; i++ {
		if err := far.Publish(t.Context(), "home/x", []byte(strconv.Itoa(i)), 1, false); err != nil {
			t.Fatal(err)
		}
		if i == n/3 || i == n/2 {
			p.kill()
			p.start()
		}
	}
	keeper()
	inOrder(t, func() string {
		select {
		case line := <-got:
			return line
		case <-time.After(patience):
			t.Fatalf("nothing comes\n%s", p.log())
			return ""
		}
	}, "home/x ", n)
}
