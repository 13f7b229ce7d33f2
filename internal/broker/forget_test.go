package broker

import (
	"sync/atomic"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
)

func TestForgottenSessionsAreGoneForGood(t *testing.T) {
	disk := onDisk(t)
	r := start(t, disk)
	asReaderFor := func(pk *packets.Packet) { persistent(pk); asReader(pk) }
	away, _ := r.connect(5, "away", asReaderFor)
	away.subscribe("allowed/#", 1, nil)
	away.nc.Close()
	r.awaitOffline("away")
	here, _ := r.connect(5, "here", asReaderFor)
	here.subscribe("allowed/#", 1, nil)
	r.offlineSubscriber("other", "#", 1)
	if n := r.Forget(func(p *access.Principal) bool { return p.ID == "reader" }); n != 2 {
		t.Errorf("%d sessions forgotten, want 2", n)
	}
	here.expectEnd()
	r.publish("allowed/x", "x", atLeastOnce)
	if n := r.client("other").Queued; n != 1 {
		t.Errorf("%d messages wait for somebody else, want 1", n)
	}
	r = r.again(disk, nil)
	for _, id := range []string{"away", "here"} {
		if _, ack := r.connect(5, id, asReaderFor); ack.SessionPresent {
			t.Errorf("the session of %s is back", id)
		}
	}
}

// A token made anew under an old name is somebody else: the session of the old one is not for it.
func TestAnotherGrantDoesNotInheritASession(t *testing.T) {
	var grant atomic.Value
	grant.Store("first")
	disk := onDisk(t)
	r := start(t, func(o *Options) {
		disk(o)
		o.Authenticate = func(Credentials) (*access.Principal, error) {
			p := access.Anonymous()
			p.Kind, p.ID, p.Grant = access.KindToken, "lamp", grant.Load().(string)
			return p, nil
		}
	})
	c, _ := r.connect(5, "c", persistent)
	c.subscribe("t", 1, nil)
	c.nc.Close()
	r.awaitOffline("c")
	if _, ack := r.connect(5, "c", persistent); !ack.SessionPresent {
		t.Error("the session of the same grant is gone")
	}
	grant.Store("second")
	if _, ack := r.connect(5, "c", persistent); ack.ReasonCode != packets.ErrClientIdentifierNotValid.Code {
		t.Errorf("CONNACK %#x while the other one is connected", ack.ReasonCode)
	}
	r.Disconnect(func(p *access.Principal) bool { return p.Grant == "first" })
	r.awaitOffline("c")
	r.publish("t", "for the first", atLeastOnce)
	c, ack := r.connect(5, "c", persistent)
	if ack.ReasonCode != 0 || ack.SessionPresent {
		t.Errorf("CONNACK %+v", ack)
	}
	if got := c.settle(); len(got) > 0 {
		t.Errorf("got %v", payloads(got))
	}
}
