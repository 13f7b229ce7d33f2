package mapping

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// encodeOne sends a payload through the only route of a rule and shows the value, or the reason.
func encodeOne(t *testing.T, r Rule, topic, payload string) string {
	t.Helper()
	table := mustCompile(t, r)
	routes := table.Routes(nil, topic)
	if len(routes) != 1 {
		t.Fatalf("%d routes", len(routes))
	}
	v, reason, err := routes[0].Rule.Encode(Input{Payload: []byte(payload), Route: &routes[0], QoS: 1})
	return showValue(v, reason, err)
}

func showValue(v Value, reason Reason, err error) string {
	switch {
	case (err != nil) != (reason != "" && reason != ReasonWhen):
		return fmt.Sprintf("error %v does not go with reason %q", err, reason)
	case reason != "":
		return string(reason)
	case v.IsBinary:
		return "binary:" + string(v.Binary)
	}
	return string(v.JSON)
}

func TestEncodeCodecs(t *testing.T) {
	for _, c := range []struct {
		codec         Codec
		payload, want string
	}{
		{Auto, "21.5", "21.5"},
		{Auto, "007", `"007"`},
		{Auto, ` {"a": 1} `, ` {"a": 1} `},
		{Auto, `9007199254740993`, `9007199254740993`},
		{Auto, "", "null"},
		{Auto, "on", `"on"`},
		{Auto, "a\"b\\\n<&>\u2028", `"a\"b\\\n<&>\u2028"`},
		{Auto, "\xff\x00", "binary:\xff\x00"},
		{Auto, "\"\xff\"", "binary:\"\xff\""},
		{Auto, strings.Repeat("[", 100000), `"` + strings.Repeat("[", 100000) + `"`},
		{JSON, "21.5", "21.5"},
		{JSON, "", "null"},
		{JSON, "on", "payload"},
		{JSON, "\"\xff\"", "payload"},
		{Text, "21.5", `"21.5"`},
		{Text, "", `""`},
		{Text, "\xff", "payload"},
		{Binary, "21.5", "binary:21.5"},
		{Binary, "", "binary:"},
	} {
		r := rooms()
		r.Payload = c.codec
		if got := encodeOne(t, r, "home/k/t", c.payload); got != c.want {
			t.Errorf("%s %.40q becomes %.80q, want %.80q", c.codec, c.payload, got, c.want)
		}
	}
}

func TestRetainedEmptyIsNull(t *testing.T) {
	for _, codec := range []Codec{Auto, JSON, Text, Binary} {
		r := rooms()
		r.Payload, r.When, r.Transform, r.TransformIn = codec, "payload.power > 5", "payload.power", "payload"
		v, reason, err := mustCompile(t, r).Rules()[0].Encode(Input{Topic: "home/k/t", Retain: true})
		if got := showValue(v, reason, err); got != "null" {
			t.Errorf("%s: a deleted value becomes %q", codec, got)
		}
	}
}

func TestEncodeKeepsTheBytes(t *testing.T) {
	payload := []byte(`{"a": 1}`)
	v, _, err := mustCompile(t, rooms()).Rules()[0].Encode(Input{Topic: "home/k/t", Payload: payload})
	if err != nil || &v.JSON[0] != &payload[0] {
		t.Errorf("JSON was copied: %q, %v", v.JSON, err)
	}
}

func TestExpressions(t *testing.T) {
	out := func(f func(*Rule)) Rule {
		r := Rule{Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}", Direction: Out}
		f(&r)
		return r
	}
	when := func(s string) Rule { return out(func(r *Rule) { r.When = s }) }
	transform := func(s string) Rule { return out(func(r *Rule) { r.Transform = s }) }
	jq := func(s string) Rule { return out(func(r *Rule) { r.TransformJQ = s }) }
	bin := func(s string) Rule { return out(func(r *Rule) { r.Transform, r.Payload = s, Binary }) }
	text := func(s string) Rule { return out(func(r *Rule) { r.Transform, r.Payload = s, Text }) }
	for _, c := range []struct {
		rule          Rule
		payload, want string
	}{
		{when("payload.power > 5"), `{"power":6}`, `{"power":6}`},
		{when("payload.power > 5"), `{"power":5}`, "when"},
		{when("payload.power > 5"), `{}`, "when_error"},
		{when("payload.power > 5"), `text`, "when_error"},
		{when("payload"), `5`, "when_error"},
		{when("payload"), `true`, "true"},
		{when(`room == "k" && sensor == "t" && topic == "home/k/t" && qos == 1 && !retain`), "\xff", "binary:\xff"},
		{when("payload % 2 == 0"), "4", "4"},
		{when("payload % 2 == 0"), "5", "when"},
		{when("payload % 0 == 0"), "5", "when_error"},
		{when("payload != nil"), "", "when"},
		{transform(`{"watts": payload.power}`), `{"power":6.5}`, `{"watts":6.5}`},
		{transform("payload * 1000"), "1700000000000", "1700000000000000"},
		{transform("payload / 0"), "1", "transform_error"},
		{transform(`payload + "<" + room`), "a", `"a<k"`},
		{transform("payload + 1"), "1", "2"},
		{transform("payload.x"), "1", "transform_error"},
		{transform(`upper(payload)`), "ab", `"AB"`},
		{transform(`payload | map(# * 2) | filter(# > 2)`), "[1,2,3]", "[4,6]"},
		{transform(`groupBy(payload, # % 2)`), "[1,2,3]", `{"0":[2],"1":[1,3]}`},
		{transform(`nil`), "1", "null"},
		{transform(`payload[0] * 256 + payload[1]`), "\x01\xff", "511"},
		{transform(`join(split(payload, ","), ";")`), "a,b", `"a;b"`},
		{transform(`replace(payload, "a", "b")`), "a,a", `"b,b"`},
		{transform(`repeat(payload, 3)`), "ab", `"ababab"`},
		{transform(`uniq(payload)`), "[1,1,2]", `[1,2]`},
		{transform(`2 in payload`), "[1,1,2]", `true`},
		{transform(`sum(payload) / len(payload)`), "[1,3]", `2`},
		{transform(`fromJSON(payload.s).a`), `{"s":"{\"a\":1}"}`, `1`},
		{transform(`payload`), "\xff", "binary:\xff"},
		{transform(`payload | filter(# > 0) | map(# * 2) | sum()`), "[1" + strings.Repeat(",1", 32000) + "]", "64002"},
		{transform(`payload matches "^a+$"`), "aaa", "true"},
		{transform(`payload[1:] + topic[4:]`), "abc", `"bc/k/t"`},
		{transform(`payload < "b" && "x" != payload`), "abc", `true`},
		{bin(`payload`), "ab", "binary:ab"},
		{bin(`"xy"`), "ab", "binary:xy"},
		{bin(`1`), "ab", "transform_error"},
		{text(`1 + 1`), "ab", `"2"`},
		{text(`payload + "!"`), "1", `"1!"`},
		{jq(`{watts: .power, $room}`), `{"power":6}`, `{"room":"k","watts":6}`},
		{jq(`select(.power > 5)`), `{"power":5}`, "when"},
		{jq(`.[]`), `[1,2]`, "transform_error"},
		{jq(`.x`), `1`, "transform_error"},
		{jq(`. + 1`), "\xff", "transform_error"},
		{jq(`$topic`), `1`, `"home/k/t"`},
		{jq(`now`), `1`, "transform_error"},
	} {
		name := c.rule.When + c.rule.Transform + c.rule.TransformJQ
		if got := encodeOne(t, c.rule, "home/k/t", c.payload); got != c.want {
			t.Errorf("%s over %q yields %q, want %q", name, c.payload, got, c.want)
		}
	}
}

// TestRunawaysAreStopped holds expressions that would take minutes or gigabytes to one message's error.
func TestRunawaysAreStopped(t *testing.T) {
	long := "[" + strings.Repeat("1,", 20000) + "1]"
	for _, c := range []struct{ transform, jq, payload string }{
		{transform: `filter(payload, # > mean(payload))`, payload: long},
		{transform: `map(payload, map(payload, map(payload, 1)))`, payload: long},
		{transform: `filter(payload, # in payload)`, payload: long},
		{transform: `uniq(payload)`, payload: long},
		{transform: `reduce(1..40, #acc + #acc, payload)`, payload: `"ab"`},
		{transform: `reduce(1..40, [#acc, #acc], payload)`, payload: `1`},
		{transform: `reduce(1..40, concat(#acc, #acc), payload)`, payload: `[1]`},
		{transform: `toJSON(reduce(1..40, [#acc, #acc], payload))`, payload: `1`},
		{transform: `let a = reduce(1..40, [#acc, #acc], payload); a == a`, payload: `1`},
		{transform: `flatten(map(1..10000, payload))`, payload: long},
		{transform: `repeat(payload, 1000000)`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `replace(payload, "x", payload)`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `join(map(1..10000, payload), payload)`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `map(1..10000, split(payload, ""))`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `map(1..10000, upper(payload))`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `map(1..90000, payload contains "xy")`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `map(1..90000, payload matches "(x+)+y$")`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `map(1..90000, payload[1:] < payload)`, payload: `"` + strings.Repeat("x", 60000) + `"`},
		{transform: `map(1..300, fromJSON(payload))`, payload: `"` + long + `"`},
		{transform: `map(1..90000, date("2020-01-01").Year())`, payload: `1`},
		{transform: `map(1..90000, ` + strings.Repeat("# + ", 300) + `#)`, payload: `1`},
		{transform: `1..2000000000`, payload: `1`},
		{transform: `reduce(1..5000, [#acc], payload)`, payload: `1`},
		{transform: `payload`, payload: `"` + strings.Repeat("x", MaxExprPayload) + `"`},
		{jq: `[range(1e9)]`, payload: `1`},
		{jq: `def f: f; f`, payload: `1`},
		{jq: `reduce range(40) as $i (.; [., .])`, payload: `1`},
	} {
		r := Rule{Topic: "a", Namespace: "/a", Event: "e", Direction: Out, Transform: c.transform, TransformJQ: c.jq}
		if got := encodeOne(t, r, "a", c.payload); got != "transform_error" {
			t.Errorf("%s%s over %.10q yields %.80q", c.transform, c.jq, c.payload, got)
		}
	}
}

func TestJQEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table := mustCompile(t, Rule{Topic: "a", Namespace: "/a", Event: "e", Direction: Out, TransformJQ: "range(10) | select(. > 20)"})
	_, reason, err := table.Rules()[0].Encode(Input{Context: ctx, Topic: "a", Payload: []byte("1")})
	if reason != ReasonTransformError || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("reason %q, error %v", reason, err)
	}
}

// TestPayloadIsDecodedOnlyWhenRead passes a payload too large to decode through an expression that does not read it.
func TestPayloadIsDecodedOnlyWhenRead(t *testing.T) {
	table := mustCompile(t, Rule{Topic: "a", Namespace: "/a", Event: "e", When: "qos == 0"})
	v, reason, err := table.Rules()[0].Encode(Input{Topic: "a", Payload: make([]byte, MaxExprPayload+1)})
	if reason != "" || err != nil || len(v.JSON) <= MaxExprPayload {
		t.Errorf("%d bytes, reason %q, error %v", len(v.JSON), reason, err)
	}
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ transform, when, payload, want string }{
		{payload: "x\xff", want: "x\xff"},
		{when: "payload > 1", payload: "2", want: "2"},
		{when: "payload > 1", payload: "1", want: "when"},
		{transform: "payload + 1", payload: "2", want: "3"},
		{transform: "string(payload)", payload: "2", want: "2"},
		{transform: `{"a": payload}`, payload: "on", want: `{"a":"on"}`},
		{transform: `nil`, payload: "on", want: ""},
		{transform: `payload.a`, payload: "on", want: "transform_error"},
	} {
		table := mustCompile(t, Rule{Topic: "a/{x}", To: "b/{x}", Transform: c.transform, When: c.when})
		p, reason, err := table.Rules()[0].Rewrite(Input{Topic: "a/1", Payload: []byte(c.payload)})
		if got := string(p) + string(reason); got != c.want {
			t.Errorf("%s %s over %q: %q, want %q (%v)", c.when, c.transform, c.payload, got, c.want, err)
		}
	}
}

func TestRewriteDeletes(t *testing.T) {
	table := mustCompile(t, Rule{Topic: "a/{x}", To: "b/{x}", Transform: "payload.v", When: "payload.v > 1"})
	p, reason, err := table.Rules()[0].Rewrite(Input{Topic: "a/1", Retain: true})
	if len(p) != 0 || reason != "" || err != nil {
		t.Errorf("%q, %q, %v", p, reason, err)
	}
}

// TestConcurrentUse runs one table from several goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	table := mustCompile(
		t,
		Rule{Topic: "a/{x}", Namespace: "/a", Event: "{x}", When: "payload > 1", Transform: "[payload, x]", TransformIn: "payload[0]"},
		Rule{Topic: "a/{x}", Namespace: "/b", Event: "{x}", Direction: Out, TransformJQ: "[., $x]"},
	)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			topic := fmt.Sprint("a/", i)
			for range 200 {
				for _, o := range table.Try(topic, []byte("2")) {
					if want := fmt.Sprintf(`[2,"%d"]`, i); string(o.Value.JSON) != want {
						t.Errorf("%s: %s, want %s", o.Name, o.Value.JSON, want)
					}
				}
				if got := send(table, "/a", fmt.Sprint(i), "", arg("[7]")); got != topic+"=7 qos0" {
					t.Error(got)
				}
			}
		})
	}
	group.Wait()
}

func TestRPCMatch(t *testing.T) {
	table := mustCompile(t, Rule{
		Topic: "cmnd/{x}/POWER", Namespace: "/{x}", Event: "power",
		RPC: &RPC{Reply: "stat/{x}/RESULT", Match: `payload.POWER != nil && x == "lamp"`},
	})
	c := table.Rules()[0]
	for payload, want := range map[string]bool{`{"POWER":"ON"}`: true, `{"DIMMER":1}`: false} {
		got, err := c.RPCMatch(Input{Topic: "stat/lamp/RESULT", Payload: []byte(payload)})
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", payload, got, err)
		}
	}
	if got, err := c.RPCMatch(Input{Topic: "stat/lamp/OTHER", Payload: []byte(`{"POWER":1}`)}); got || err != nil {
		t.Errorf("a message on another topic is the answer: %v, %v", got, err)
	}
	if _, err := c.RPCMatch(Input{Topic: "stat/lamp/RESULT", Payload: []byte(`5`)}); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("an expression that fails is silent: %v", err)
	}
}
