package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// send runs an event through a table and shows each publication, or the refusal.
func send(table *Table, namespace, event, client string, args ...Arg) string {
	pubs, err := table.Inbound(namespace, event, Client{ID: client}, args)
	var refused *InboundError
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case err != nil:
		return "not an InboundError: " + err.Error()
	}
	var out []string
	for _, p := range pubs {
		s := fmt.Sprintf("%s=%s qos%d", p.Topic, p.Payload, p.QoS)
		if p.Retain {
			s += " retained"
		}
		if p.ReplyTopic != "" {
			s += " reply " + p.ReplyTopic
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func arg(json string) Arg { return Arg{JSON: []byte(json)} }

func TestInboundTargets(t *testing.T) {
	client := Rule{Topic: "users/{client.id}/{what}", Namespace: "/me", Event: "{what}"}
	named := Rule{Topic: "users/{client.id}/{what}", Namespace: "/u/{client.id}", Event: "{what}"}
	twice := Rule{Topic: "h/{r}", Namespace: "/h/{r}", Event: "{r}!", Direction: In}
	rest := Rule{Topic: "h/{r...}", Namespace: "/h", Event: "x/{r...}"}
	rpc := Rule{Topic: "cmnd/{d}/POWER", Namespace: "/d/{d}", Event: "power", QoS: 2, RPC: &RPC{Reply: "stat/{d}/RESULT"}}
	leading := Rule{Topic: "{a}/x", Namespace: "/l", Event: "{a}"}
	for _, c := range []struct {
		rule                           Rule
		namespace, event, client, want string
	}{
		{rooms(), "/home/kitchen", "light", "", "home/kitchen/light=1 qos0"},
		{rooms(), "/home/a%2Cb", "light", "", "home/a,b/light=1 qos0"},
		{rooms(), "/home/%61b", "light", "", ""}, // not how outbound writes it
		{rooms(), "/home/a%2fb", "light", "", ""},
		{rooms(), "/home/a%2Fb", "light", "", "invalid"},
		{rooms(), "/home/a%2Bb", "light", "", "invalid"},
		{rooms(), "/home/a%00", "light", "", "invalid"},
		{rooms(), "/home/k", "li/ght", "", "invalid"},
		{rooms(), "/home/k", "+", "", "invalid"},
		{rooms(), "/home/k", "#", "", "invalid"},
		{rooms(), "/home/k", "a\x00", "", "invalid"},
		{rooms(), "/home/k", "\xff", "", "invalid"},
		{rooms(), "/home/k", "", "", ""},
		{rooms(), "/home/k/x", "light", "", ""},
		{rooms(), "/home", "light", "", ""},
		{rooms(), "/home/k", "disconnect", "", ""},
		{rooms(), "/home/k", strings.Repeat("e", MaxTopic), "", "invalid"},
		{rest, "/h", "x/a/b", "", "h/a/b=1 qos0"},
		{rest, "/h", "x/a/+", "", "invalid"},
		{rest, "/h", "x/", "", ""},
		{rest, "/h", "x", "", ""},
		{twice, "/h/a", "a!", "", "h/a=1 qos0"},
		{twice, "/h/a", "b!", "", ""},
		{client, "/me", "light", "ann", "users/ann/light=1 qos0"},
		{client, "/me", "light", "", "denied"},
		{client, "/me", "light", "a/b", "invalid"},
		{named, "/u/ann", "light", "ann", "users/ann/light=1 qos0"},
		{named, "/u/bob", "light", "ann", "denied"},
		{rpc, "/d/lamp", "power", "", "cmnd/lamp/POWER=1 qos2 reply stat/lamp/RESULT"},
		{leading, "/l", "$SYS", "", "invalid"},
		{Rule{Topic: "{a}/x", Namespace: "/{a}", Event: "e"}, "/admin", "e", "", ""},
	} {
		if got := send(mustCompile(t, c.rule), c.namespace, c.event, c.client, arg("1")); got != c.want {
			t.Errorf("%s %.20q of %q becomes %q, want %q", c.namespace, c.event, c.client, got, c.want)
		}
	}
}

func TestInboundPayloads(t *testing.T) {
	bytes := Arg{Binary: []byte{0xff}, IsBinary: true}
	for _, c := range []struct {
		codec Codec
		args  []Arg
		want  string
	}{
		{Auto, []Arg{arg(`"on"`)}, "t=on qos1 retained"},
		{Auto, []Arg{arg(`"a\nb"`)}, "t=a\nb qos1 retained"},
		{Auto, []Arg{arg(` { "a" : 9007199254740993 } `)}, `t={"a":9007199254740993} qos1 retained`},
		{Auto, []Arg{arg("null")}, "t= qos1 retained"},
		{Auto, nil, "t= qos1"},
		{Auto, []Arg{arg("1"), arg("2")}, "invalid"},
		{Auto, []Arg{bytes}, "t=\xff qos1 retained"},
		{Auto, []Arg{arg("{")}, "invalid"},
		{Auto, []Arg{arg("")}, "invalid"},
		{JSON, []Arg{arg(`"on"`)}, `t="on" qos1 retained`},
		{JSON, []Arg{arg("null")}, "t=null qos1 retained"},
		{JSON, nil, "t= qos1"},
		{JSON, []Arg{bytes}, "invalid"},
		{Text, []Arg{arg("5")}, "t=5 qos1 retained"},
		{Text, []Arg{arg("null")}, "t= qos1 retained"},
		{Text, []Arg{bytes}, "invalid"},
		{Binary, []Arg{bytes}, "t=\xff qos1 retained"},
		{Binary, []Arg{arg(`"on"`)}, "t=on qos1 retained"},
		{Binary, []Arg{arg("5")}, "invalid"},
	} {
		table := mustCompile(t, Rule{Topic: "t", Namespace: "/t", Event: "e", QoS: 1, Retain: true, Payload: c.codec})
		if got := send(table, "/t", "e", "", c.args...); got != c.want {
			t.Errorf("%s %+v becomes %q, want %q", c.codec, c.args, got, c.want)
		}
	}
}

func TestTransformIn(t *testing.T) {
	for _, c := range []struct{ transform, arg, want string }{
		{`payload * 2`, "4", "t/x=8 qos0"},
		{`"v" + string(payload) + x + client.id`, "4", "t/x=v4xann qos0"},
		{`{"set": payload}`, `"on"`, `t/x={"set":"on"} qos0`},
		{`payload.a`, "4", "invalid"},
		{`nil`, "4", "t/x= qos0"},
	} {
		table := mustCompile(t, Rule{Topic: "t/{x}", Namespace: "/t", Event: "{x}", Direction: In, TransformIn: c.transform})
		if got := send(table, "/t", "x", "ann", arg(c.arg)); got != c.want {
			t.Errorf("%s over %s: %q, want %q", c.transform, c.arg, got, c.want)
		}
	}
}

func TestInboundSeveralRules(t *testing.T) {
	table := mustCompile(
		t,
		Rule{Topic: "a/{e}", Namespace: "/n", Event: "{e}", Direction: In},
		Rule{Topic: "b", Namespace: "/n", Event: "go"},
		Rule{Topic: "c", Namespace: "/n", Event: "go", Direction: Out},
		Rule{Topic: "d/{m}", Namespace: "/{m}", Event: "go", Direction: In, Payload: JSON},
	)
	if got := send(table, "/n", "go", "", arg("1")); got != "a/go=1 qos0, b=1 qos0, d/n=1 qos0" {
		t.Errorf("go: %s", got)
	}
	if got := send(table, "/n", "go", "", Arg{IsBinary: true}); got != "invalid" {
		t.Errorf("one refusal does not refuse all: %s", got)
	}
	if got := send(table, "/x", "other", ""); got != "" {
		t.Errorf("an event no rule takes: %s", got)
	}
}
