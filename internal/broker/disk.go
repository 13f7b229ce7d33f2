package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Keys of the broker's own records.
const (
	keyClock = "clock"
	keyDate  = "date/" // and a hash of the topic of a retained message that expires
)

// Names of queues.
const (
	sessionQueue = "session/" // and the client id
	brokerQueue  = "broker"   // the clock
)

// Keys of the records of a session.
const (
	keySession  = "session"
	keyWill     = "will"
	keyFilter   = "filter/"   // and a hash of the filter, which may be longer than a key
	keyArrived  = "arrived/"  // and the packet identifier of a QoS 2 message from the client, not released yet
	keyReleased = "released/" // and the item of a QoS 2 message to the client: PUBREC came, PUBCOMP is missing
)

// diskIDs is how many packet identifiers belong to messages on disk. Which of them a message has follows from its place in
// the queue, so that it is the same after a crash without ever being written. The other half is for messages that the
// client cannot take for others when they are gone after a crash: those of QoS 1 that the disk does not have.
const diskIDs = 1<<15 - 1

func packetID(item uint64) uint16 { return uint16((item-1)%diskIDs) + 1 }

// disk is where one session is kept.
type disk struct {
	store SessionStore
	queue SessionQueue
}

// change makes one change that nobody waits for, and returns how to wait for it.
func (d *disk) change(fn func(SessionChange)) commit {
	c := d.store.Change()
	fn(c)
	return committed(c)
}

// committed commits, and has the error come from waiting.
func committed(c SessionChange) commit {
	wait, err := c.Commit()
	if err != nil {
		return func(context.Context) error { return err }
	}
	return wait
}

// remove takes a message off the disk: the client has it, or it has expired. The disk hears of it some time.
func (d *disk) remove(o *outgoing) {
	d.change(func(c SessionChange) {
		if o.released {
			c.Delete(d.queue, releasedKey(o.item))
		} else {
			c.Remove(d.queue, o.item)
		}
	})
}

// release keeps that the client has a QoS 2 message and is to let go of its packet identifier. The message itself is done.
func (d *disk) release(item uint64) commit {
	return d.change(func(c SessionChange) {
		c.Remove(d.queue, item)
		c.Put(d.queue, releasedKey(item), []byte{})
	})
}

// arrived keeps the packet identifier of a QoS 2 message of the client's.
func (d *disk) arrived(c SessionChange, id uint16) { c.Put(d.queue, arrivedKey(id), []byte{}) }

// forgetArrived is PUBREL.
func (d *disk) forgetArrived(id uint16) commit {
	return d.change(func(c SessionChange) { c.Delete(d.queue, arrivedKey(id)) })
}

func releasedKey(item uint64) string { return fmt.Sprintf("%s%020d", keyReleased, item) }

func arrivedKey(id uint16) string { return fmt.Sprintf("%s%05d", keyArrived, id) }

func filterKey(filter string) string { return keyFilter + hashOf(filter) }

func dateKey(topic string) string { return keyDate + hashOf(topic) }

// hashOf stands for a name that may be longer than a key.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
