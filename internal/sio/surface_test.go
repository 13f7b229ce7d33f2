package sio

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/socketio/client"
)

const one = `
[[mapping]]
name = "one"
topic = "h/{x}"
namespace = "/h"
event = "{x}"
`

const two = one + `
[[mapping]]
name = "two"
topic = "g/{x}"
namespace = "/h"
event = "g-{x}"
`

func TestASocketThatConnectsDuringAReloadHearsTheNewRules(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	var p *peer
	r.bridge.beforeApply = func() {
		p = r.dial("/h", "a", "g-a")
		r.publish("h/a", "0")
		<-p.heard // live or replayed: it has entered
	}
	r.reload(two)
	r.publish("g/a", "1")
	r.publish("h/a", "2")
	p.want("g-a 1", "a 2")
}

func TestAReloadDuringAReplayLosesNothing(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	var events, want []string
	for i := range 50 {
		name := fmt.Sprintf("a%02d", i)
		r.publish("h/"+name, "1")
		events, want = append(events, name), append(want, name+" 1 (old)")
	}
	r.bridge.step(func() { r.reload(one) })
	p := r.dial("/h", events...)
	p.want(want...)
}

func TestAReloadReplaysWhatIsNewAndNothingElse(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	r.publish("h/a", "1")
	r.publish("g/a", "2")
	p := r.dial("/h", "a", "g-a")
	p.want("a 1 (old)")
	r.reload(two)
	p.want("g-a 2 (old)")
	r.reload(two)
	r.publish("h/a", "3")
	p.want("a 3")
}

func TestAStalledClientDoesNotHoldUpAReload(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	good := r.dial("/h", "a")
	blocked, release := make(chan struct{}), make(chan struct{})
	r.dial("/h")
	r.bridge.step(func() { close(blocked); <-release }) // the first replay of the reload takes its time
	reloaded := make(chan struct{})
	go func() { r.reload(two); close(reloaded) }()
	<-blocked
	<-reloaded // returns although a replay is stuck
	close(release)
	r.publish("h/a", "2")
	good.want("a 2")
}

func TestNamespacesThatNoRuleNamesAnyMoreAreLeft(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	p := r.dial("/h", "a")
	gone := make(chan struct{})
	p.OnDisconnect(func(error) { close(gone) })
	r.reload(strings.ReplaceAll(one, `"/h"`, `"/other"`))
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("still connected")
	}
}

func TestAJoinerGetsAValueThatARateHoldsBackOnce(t *testing.T) {
	r := newRig(t, access.Anonymous(), one+`rate = "2/s"`+"\n")
	first := r.dial("/h", "a", "end")
	for _, v := range []string{"1", "2", "3"} {
		r.publish("h/a", v)
	}
	first.want("a 1", "a 2") // 3 waits
	second := r.dial("/h", "a", "end")
	first.want("a 3")
	r.publish("h/end", "1")
	second.want("a 3", "end 1")
}

func TestALiveEventDoesNotOvertakeTheReplayOfACheckedSocket(t *testing.T) {
	who := &access.Principal{Kind: access.KindToken, ID: "k", Role: access.RoleClient, Read: []string{"h/+"}}
	r := newRig(t, who, `
[[mapping]]
name = "one"
topic = "h/{x...}"
namespace = "/h"
event = "{x...}"
direction = "mqtt_to_socketio"
`)
	r.publish("h/a", "1")
	r.publish("h/secret/a", "1")
	r.bridge.step(func() {
		r.publish("h/b", "2")
		r.publish("h/secret/b", "2")
		r.publish("h/end", "3")
	})
	p := r.dial("/h", "a", "b", "secret/a", "secret/b", "end")
	p.want("a 1 (old)", "b 2", "end 3")
}

const inRooms = `
[[mapping]]
name = "rooms"
topic = "h/{x}/{y}"
namespace = "/h"
room = "{x}"
event = "{y}"
direction = "mqtt_to_socketio"
`

func TestRooms(t *testing.T) {
	r := newRig(t, access.Anonymous(), inRooms)
	r.publish("h/kitchen/temp", "1")
	p := r.dial("/h", "temp", "end")
	if ack := p.call("join", "kitchen"); ack != `{"ok":true}` {
		t.Errorf("join: %s", ack)
	}
	p.want("temp 1 (old)")
	p.call("join", "kitchen") // again: no second replay
	r.publish("h/attic/temp", "2")
	r.publish("h/kitchen/temp", "3")
	p.want("temp 3")
	if ack := p.call("leave", "kitchen"); ack != `{"ok":true}` {
		t.Errorf("leave: %s", ack)
	}
	r.publish("h/kitchen/temp", "4")
	p.call("join", "attic")
	p.want("temp 2 (old)")
	for i := range maxRooms + 1 {
		if ack := p.call("join", fmt.Sprint(i)); i >= maxRooms && !strings.Contains(ack, "rate_limited") {
			t.Errorf("room %d: %s", i, ack)
		}
	}
}

func TestRoomsAreRefusedWhereNoRuleHasOne(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	p := r.dial("/h")
	if ack := p.call("join", "kitchen"); !strings.Contains(ack, `"denied"`) {
		t.Errorf("join: %s", ack)
	}
	for _, room := range []any{"", 5, nil, strings.Repeat("x", maxRoom+1), "a\x00b"} {
		if ack := p.call("join", room); !strings.Contains(ack, `"invalid"`) {
			t.Errorf("join %v: %s", room, ack)
		}
	}
}

func TestABinaryAnswerOfADeviceStaysBinary(t *testing.T) {
	r := newRig(t, access.Anonymous(), `
[[mapping]]
name = "plug"
topic = "cmnd/{id}/GET"
namespace = "/plugs"
event = "{id}"
direction = "socketio_to_mqtt"
[mapping.rpc]
reply = "stat/{id}/RESULT"
`)
	r.bus.Attach("device", func(d *bus.Delivery) {
		if d.Message.Topic == "cmnd/p1/GET" {
			d.Derive(bus.Message{Topic: "stat/p1/RESULT", Payload: []byte{0xff, 0x00}, Principal: access.System()})
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := r.dial("/plugs").Call(ctx, "p1", 1)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		OK      bool
		Payload []byte
	}
	if err := answer[0].Decode(&got); err != nil || !got.OK || string(got.Payload) != "\xff\x00" || !answer[0].HasNested() {
		t.Errorf("got %s, %v", answer[0].JSON, err)
	}
}

func TestARequestOfAnMQTT5ClientIsAnsweredBySocketIO(t *testing.T) {
	r := newRig(t, access.Anonymous(), one)
	answers := make(chan bus.Message, 1)
	r.bus.Attach("asker", func(d *bus.Delivery) {
		if d.Message.Topic == "answers/7" {
			answers <- *d.Message
		}
	})
	p := r.dial("/h")
	p.On("door", func(_ context.Context, e *client.Event) { _ = e.Ack("open") })
	_, err := r.bus.Publish(bus.Message{
		Topic: "h/door", Payload: []byte("?"), ResponseTopic: "answers/7", Correlation: []byte{1, 2},
		Principal: access.Anonymous(), Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: "asker"},
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-answers:
		if string(m.Payload) != "open" || string(m.Correlation) != "\x01\x02" {
			t.Errorf("answered %q with correlation %v", m.Payload, m.Correlation)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no answer within 10 s")
	}
}
