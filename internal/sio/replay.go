package sio

import (
	"context"
	"time"

	"gateway/internal/bridge"
	"gateway/pkg/socketio"
)

// replay sends a member the last values that rules new to it would have brought, up to a sequence number, at the member's
// pace. Its live events are held meanwhile.
func (s *Surface) replay(m *member, added []fresh, seq uint64) {
	m.replaying.Lock()
	defer m.replaying.Unlock()
	open := true
	for i := 0; i < len(added) && open; i++ {
		f := added[i]
		s.bridge.Replay(m.sock.Namespace().Name(), f.room, m.p(), f.rule, seq, func(e *bridge.Emission) bool {
			if _, later := f.pending[e.Message.Topic]; later {
				return true
			}
			packet, err := packetOf(e, true)
			if err != nil {
				s.refuseEmit(e, err)
				return true
			}
			open = sendSlowly(m.sock, packet) == nil
			return open
		})
	}
}

// replayPatience is how long a receiver of old values may take for each.
const replayPatience = 30 * time.Second

// sendSlowly sends an old value at the receiver's pace: there may be far more of them than its queue holds. It fails when the
// socket has gone, or takes nothing for too long; then there is no use in going on.
func sendSlowly(sock *socketio.Socket, packet *socketio.Packet) error {
	ctx, cancel := context.WithTimeout(context.Background(), replayPatience)
	defer cancel()
	if err := sock.Wait(ctx); err != nil {
		return err
	}
	return sock.EmitPacket(packet.Transient())
}
