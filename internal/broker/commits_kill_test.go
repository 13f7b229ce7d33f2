package broker

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A message may stand behind several commits: that of the sessions, those of links, those of what rules make of it. Killed
// between two of them, none may be missing once the publisher has its answer.
func TestKilledBetweenTwoCommits(t *testing.T) {
	for _, version := range []byte{4, 5} {
		for qos := byte(1); qos <= 2; qos++ {
			t.Run("MQTT "+itoa(int(version))+" QoS "+itoa(int(qos)), func(t *testing.T) {
				p := startLinked(t, linkStalls)
				sub, _ := p.connect(5, "sub")
				sub.subscribe("t", 2, nil)
				pub, _ := p.connect(version, "pub")
				message := packets.Packet{
					FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, TopicName: "t", Payload: []byte("x"), PacketID: 7,
				}
				pub.send(message)
				first := sub.expect(packets.Publish) // at QoS 2 the sessions' commit is through
				if answers := pub.settle(); len(answers) > 0 {
					t.Fatalf("answered before the link has it: %+v", answers[0])
				}

				p.link = linkWrites
				p.restart(syscall.SIGKILL)
				pub, _ = p.connect(version, "pub")
				message.FixedHeader.Dup = true
				for range 2 { // the second time because the answer was lost
					pub.send(message)
					if answer := pub.expect(answerTo(qos)); answer.ReasonCode != 0 || answer.PacketID != 7 {
						t.Errorf("answer %+v", answer)
					}
				}
				link, err := os.ReadFile(filepath.Join(p.dir, "link"))
				if want := map[byte]string{1: "t=x\nt=x\n", 2: "t=x\n"}[qos]; err != nil || string(link) != want {
					t.Errorf("the link has %q, want %q (%v)", link, want, err)
				}

				sub, _ = p.connect(5, "sub")
				again := sub.expect(packets.Publish)
				if qos == 2 && (again.PacketID != first.PacketID || !again.FixedHeader.Dup) {
					t.Errorf("first %+v, then %+v", first, again)
				}
				if more := messages(sub.settle()); qos == 2 && len(more) > 0 {
					t.Errorf("exactly once, and then %q", more)
				}
			})
		}
	}
}

func answerTo(qos byte) byte {
	if qos == 2 {
		return packets.Pubrec
	}
	return packets.Puback
}
