package mapping

import (
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	c := mustCompile(t, rooms()).Rules()[0]
	s := c.Spec()
	if s.Direction != Both || s.Payload != Auto || s.QoS != 0 || s.Retain || s.Replay != ReplayLast || s.Meta != MetaReplayed || s.Over != OverLatest || s.Echo {
		t.Errorf("defaults are %+v", s)
	}
	if !c.Outbound() || !c.Inbound() || c.IsTopicToTopic() || !c.Replays() || c.Meta() != MetaReplayed || c.Echo() || c.HasRoom() || c.IsRPC() || c.RPCTimeout() != 0 {
		t.Errorf("a plain rule is %+v", c)
	}
	_, _, rate := c.Rate()
	_, deadband := c.Deadband()
	if rate || deadband || c.Dedupe() != 0 {
		t.Error("a plain rule has limits")
	}
}

func TestAccessors(t *testing.T) {
	r := rooms()
	r.Room, r.Rate, r.Over, r.Dedupe, r.Deadband = "{room}", "10/m", OverDrop, "2s", 0.5
	r.Meta, r.Echo, r.RPC = MetaAlways, true, &RPC{Reply: "stat/{room}"}
	table := mustCompile(t, Rule{Topic: "a/{x}", To: "b/{x}"}, r)
	c := table.Rules()[1]
	n, per, ok := c.Rate()
	if n != 10 || per != time.Minute || !ok || c.Over() != OverDrop || c.Dedupe() != 2*time.Second {
		t.Errorf("limits are %d/%v %v %v %v", n, per, ok, c.Over(), c.Dedupe())
	}
	if d, ok := c.Deadband(); d != 0.5 || !ok {
		t.Errorf("deadband is %v, %v", d, ok)
	}
	if !c.HasRoom() || !c.IsRPC() || c.RPCTimeout() != DefaultRPCTimeout || c.Meta() != MetaAlways || !c.Echo() || c.Index() != 1 || c.TopicFilter() != "home/+/+" {
		t.Errorf("the rule is %+v", c)
	}
	if r.RPC.Timeout != "" {
		t.Error("Compile changed the rule it was given")
	}
	if to := table.Rules()[0]; to.Outbound() || to.Inbound() || !to.IsTopicToTopic() || to.Replays() {
		t.Error("a topic -> topic rule has another side")
	}
}

// TestReplays: commands never replay.
func TestReplays(t *testing.T) {
	rpc, none, in := rooms(), rooms(), rooms()
	rpc.RPC, none.Replay, in.Direction = &RPC{Reply: "stat/{room}"}, ReplayNone, In
	for name, r := range map[string]Rule{"rpc": rpc, "none": none, "in": in} {
		if mustCompile(t, r).Rules()[0].Replays() {
			t.Errorf("%s replays", name)
		}
	}
}

// TestResultsUnderEachCodec encodes what a transform yields, both ways.
func TestResultsUnderEachCodec(t *testing.T) {
	for _, c := range []struct {
		codec     Codec
		transform string
		out, in   string // as an argument, and as a payload ("!" for an error)
	}{
		{Auto, `payload`, "binary:\xff", "\xff"},
		{JSON, `"x"`, `"x"`, `"x"`},
		{JSON, `nil`, `null`, `null`},
		{Text, `"x"`, `"x"`, `x`},
		{Text, `nil`, `null`, ``},
		{Text, `{"a": 1}`, `"{\"a\":1}"`, `{"a":1}`},
		{Binary, `"x"`, "binary:x", "x"},
		{Binary, `payload`, "binary:\xff", "\xff"},
		{Binary, `1`, "transform_error", "!"},
		{Binary, `nil`, "null", ""},
		{Auto, `groupBy(["a", "b"], len(#))`, `{"1":["a","b"]}`, `{"1":["a","b"]}`},
		{Auto, `keys({"a": 1})`, `["a"]`, `["a"]`},
		{Auto, `1..3`, `[1,2,3]`, `[1,2,3]`},
		{Auto, `date("2020-01-02")`, `"2020-01-02T00:00:00Z"`, `2020-01-02T00:00:00Z`},
	} {
		table := mustCompile(
			t,
			Rule{Topic: "t", Namespace: "/t", Event: "e", Payload: c.codec, Transform: c.transform, TransformIn: c.transform},
		)
		v, reason, err := table.Rules()[0].Encode(Input{Topic: "t", Payload: []byte{0xff}})
		if got := showValue(v, reason, err); got != c.out {
			t.Errorf("%s %s goes out as %q, want %q (%v)", c.codec, c.transform, got, c.out, err)
		}
		pubs, err := table.Inbound("/t", "e", Client{}, []Arg{{Binary: []byte{0xff}, IsBinary: true}})
		got := "!"
		if err == nil {
			got = string(pubs[0].Payload)
		}
		if got != c.in {
			t.Errorf("%s %s comes in as %q, want %q (%v)", c.codec, c.transform, got, c.in, err)
		}
	}
}

func TestCodecMethods(t *testing.T) {
	v, err := Codec("").Encode(nil, false)
	if err != nil || string(v.JSON) != "null" {
		t.Errorf("no codec is not auto: %+v, %v", v, err)
	}
	if p, err := Text.Decode([]Arg{arg("5")}); err != nil || string(p) != "5" {
		t.Errorf("%q, %v", p, err)
	}
}
