package broker

import (
	"math"
	"math/rand/v2"
	"strconv"
	"syscall"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A publisher and a subscriber that do what MQTT asks of them at QoS 1 or 2, over as many connections as it takes.

type sender struct {
	qos      byte
	next, to int
	open     []int        // messages under way, in order
	released map[int]bool // PUBREC came
}

func (s *sender) idOf(n int) uint16 { return uint16(n-1)%50 + 1 } // used again and again

func (s *sender) message(n int, dup bool) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: s.qos, Dup: dup}, TopicName: "t", Payload: []byte(itoa(n)), PacketID: s.idOf(n),
	}
}

// again says on a new connection what was under way on the last.
func (s *sender) again(c *client) error {
	for _, n := range s.open {
		pk := s.message(n, true)
		if s.released[n] {
			pk = packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: s.idOf(n)}
		}
		if err := c.say(pk); err != nil {
			return err
		}
	}
	return nil
}

// fill keeps messages under way.
func (s *sender) fill(c *client) error {
	for len(s.open) < 20 && s.next <= s.to && (len(s.open) == 0 || s.next-s.open[0] < 50) {
		s.open = append(s.open, s.next)
		s.next++
		if err := c.say(s.message(s.next-1, false)); err != nil {
			return err
		}
	}
	return nil
}

func (s *sender) handle(c *client, pk packets.Packet) error {
	i := 0
	for i < len(s.open) && s.idOf(s.open[i]) != pk.PacketID {
		i++
	}
	if i == len(s.open) {
		return nil
	}
	if pk.FixedHeader.Type == packets.Pubrec {
		s.released[s.open[i]] = true
		return c.say(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: pk.PacketID})
	}
	delete(s.released, s.open[i])
	s.open = append(s.open[:i:i], s.open[i+1:]...)
	return nil
}

type receiver struct {
	got  []string
	held map[uint16]bool // QoS 2 messages received, not released
}

func (r *receiver) handle(c *client, pk packets.Packet) error {
	answer := packets.Packet{PacketID: pk.PacketID}
	switch {
	case pk.FixedHeader.Type == packets.Pubrel:
		delete(r.held, pk.PacketID)
		answer.FixedHeader.Type = packets.Pubcomp
	case pk.FixedHeader.Qos == 1:
		r.got = append(r.got, string(pk.Payload))
		answer.FixedHeader.Type = packets.Puback
	default:
		if !r.held[pk.PacketID] {
			r.got = append(r.got, string(pk.Payload))
		}
		r.held[pk.PacketID] = true
		answer.FixedHeader.Type = packets.Pubrec
	}
	return c.say(answer)
}

// publish has the sender do its part until everything is acknowledged, or the connection dies.
func (s *sender) publish(c *client) (complete bool) {
	if s.again(c) != nil {
		return false
	}
	for {
		if s.fill(c) != nil {
			return false
		}
		if len(s.open) == 0 {
			return true
		}
		pk, err := c.read()
		if err != nil || s.handle(c, pk) != nil {
			return false
		}
	}
}

// receive has the receiver do its part until it has seen the last message, or the connection dies. At a number of messages
// it kills the broker.
func (r *receiver) receive(c *client, p *process, killAt int, last string) {
	for {
		pk, err := c.read()
		if err != nil || r.handle(c, pk) != nil {
			return
		}
		if len(r.got) >= killAt {
			_ = p.cmd.Process.Signal(syscall.SIGKILL)
		}
		if len(r.got) > 0 && r.got[len(r.got)-1] == last && len(r.held) == 0 {
			return
		}
	}
}

// say is send for a connection that may have died.
func (c *client) say(pk packets.Packet) error {
	pk.ProtocolVersion = c.version
	b, err := encoded(pk)
	if err == nil {
		_, err = c.nc.Write(b)
	}
	return err
}

// Messages arrive in order, at QoS 2 exactly once, wherever in their exchanges the broker is killed.
func TestKillsAtAnyTime(t *testing.T) {
	const kills, each = 6, 300
	for _, qos := range []byte{1, 2} {
		t.Run("qos "+itoa(int(qos)), func(t *testing.T) {
			p := startProcess(t)
			from := &sender{qos: qos, next: 1, to: kills * each, released: map[int]bool{}}
			to := &receiver{held: map[uint16]bool{}}
			sub, _ := p.connect(5, "sub")
			sub.subscribe("t", qos, nil)
			sub.leave()
			for round := range kills + 1 {
				killAt := len(to.got) + 1 + rand.IntN(each-50)
				if round == kills {
					killAt = math.MaxInt
				}
				pub, _ := p.connect(4, "pub")
				sub, _ := p.connect(5, "sub")
				done := make(chan bool)
				go func() {
					defer close(done)
					to.receive(sub, p, killAt, itoa(from.to))
				}()
				from.publish(pub)
				<-done
				if round < kills {
					p.restart(syscall.SIGKILL)
				}
			}
			to.check(t, qos, from.to)
		})
	}
}

// check wants 1 to n. At QoS 1 what was under way may come again, but nothing new before what is older.
func (r *receiver) check(t *testing.T, qos byte, n int) {
	t.Helper()
	highest := 0
	for _, s := range r.got {
		got, err := strconv.Atoi(s)
		if err != nil || got > highest+1 || qos == 2 && got != highest+1 {
			t.Fatalf("%q came after %d", s, highest)
		}
		highest = max(highest, got)
	}
	if highest != n {
		t.Errorf("%d of %d arrived", highest, n)
	}
	if qos == 1 {
		t.Logf("%d of %d messages came again", len(r.got)-n, n)
	}
}
