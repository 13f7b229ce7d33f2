// Package broker is the embedded MQTT broker, an adapter of the bus like any other.
//
// mochi-mqtt does what is between a socket and a session: packets, CONNECT, SUBSCRIBE, keepalive, takeover. The messages
// themselves are ours in both directions. What a client publishes enters the bus before mochi would act on it, and whatever
// the bus fans out, from MQTT or from elsewhere, reaches subscribers from the bus's receiver, in the order in which the bus
// numbered it. So the retained message of a topic and its last value cannot disagree, and an acknowledgement means what the
// bus says it means.
//
// Outbound, each client has a session with a bounded queue in order, and a connection whose writes never block: mochi would
// write to a slow client's socket under the client's lock, and the next publisher would wait for it.
//
// # Sessions on disk
//
// A session that is to outlive its connection has a queue in a [SessionStore], and beside it records of who it is, what it
// subscribes to, and how far QoS 2 exchanges have come. Memory has all of it too and is what the broker works with; the disk
// is read in New only. Others, and messages of QoS 0, never touch the disk.
//
//   - A message for such a session is appended under the lock of its topic, to all sessions' queues in one change, and its
//     publisher is acknowledged once that is durable. The goroutine that reads a publisher does not wait meanwhile
//     (answers.go), so that a slow disk costs it time, not throughput.
//   - The packet identifier of a QoS 2 message that came in is part of the same change. Either the message is in the queues
//     and its identifier is known, so that it is not taken again, or neither is. Sent again after a crash, it enters the bus
//     for all but these queues: links and rules commit on their own, and may not have got that far.
//   - The packet identifier of a message that goes out follows from its place in the queue (disk.go). So it is the same after
//     a crash, although nothing was written when it was sent, and a client recognizes a QoS 2 message it has already.
//   - A QoS 2 message is sent once it is durable (unsure.go); PUBREL once it is durable that PUBREC came, in one change with
//     the end of the message; PUBCOMP once it is durable that the identifier is free.
//   - Acknowledged messages are removed some time later, with the next change: a crash may bring QoS 1 messages again.
//
// Retained messages that a SUBSCRIBE brings go the same way, and SUBACK waits until they are on disk.
//
// # Time
//
// Sessions, messages and delays of wills expire by the broker's own age (clock.go), which no setting of the machine's clock
// changes. It goes on while the broker is down if the machine stays up. Over a restart of the machine it stands still for
// sessions and wills. Messages that say they expire, queued or retained, count the time that the machine was off as well, as
// soon as the time of day is plausible, which without a battery is some time after the start. A clock that never is makes them
// live longer by the time that the machine was off, and not for ever.
package broker
