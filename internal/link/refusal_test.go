package link

import (
	"fmt"
	"strings"
	"testing"
)

// TestBrokerWithoutRetained links to a broker that closes the connection at anything retained, our will included.
func TestBrokerWithoutRetained(t *testing.T) {
	m := startMosquitto(t, "allow_anonymous true\nretain_available false")
	m.keep("#")
	s := onDisk(t, Config{URL: m.url(), StatusTopic: "status", Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})})
	s.await(Connected)
	s.publish("out/x", "1", false)
	s.publish("out/x", "2", true)
	s.publish("out/x", "3", true)
	s.publish("out/x", "4", false)
	remote := m.kept("#")
	inOrder(t, func() string {
		for {
			if line := remote.message(); !strings.HasPrefix(line, "status ") {
				return line
			}
		}
	}, "out/x ", 4)
	eventually(t, "all are acknowledged", func() bool { st := s.link.Stats(); return st.Queued == 0 && st.Out == 4 && st.Dropped == 0 })
}

// TestMessageThatTheBrokerDoesNotTake wants a message that the broker closes the connection at to be given up, and nothing else.
func TestMessageThatTheBrokerDoesNotTake(t *testing.T) {
	m := startMosquitto(t, fmt.Sprintf("allow_anonymous true\nmax_packet_size %d", 2000))
	m.keep("#")
	s := onDisk(t, Config{URL: m.url(), Topics: topics(Topic{Filter: "out/#", Direction: DirectionOut})})
	s.publish("out/x", "1", false)
	s.publish("out/x", strings.Repeat("x", 3000), false)
	s.publish("out/x", "2", false)
	s.publish("out/x", "3", false)
	inOrder(t, m.kept("#").message, "out/x ", 3)
	eventually(t, "one is dropped", func() bool { st := s.link.Stats(); return st.Queued == 0 && st.Out == 3 && st.Dropped == 1 })
}
