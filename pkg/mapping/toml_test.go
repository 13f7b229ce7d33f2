package mapping

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const designFile = `
[http]
listen = ":8090"

[[mapping]]
name      = "rooms"
topic     = "home/{room}/{sensor}"     # {x} one level, {x...} the rest
namespace = "/home/{room}"
event     = "{sensor}"
direction = "both"
payload   = "auto"
qos = 1
retain = true
when      = 'payload.power > 5'
transform = '{"watts": payload.power}'
transform_in = '''
{"power": payload.watts}'''
replay    = "none"
meta      = "replayed"
rate      = "10/s"
dedupe    = "2s"
deadband = 0.5
[mapping.rpc]
reply = "stat/{room}/RESULT"
timeout = "5s"
[[mapping.test]]
topic = "home/kitchen/temp"
payload = '{"power": 6}'
expect = { namespace = "/home/kitchen", event = "temp", payload = { watts = 6 } }
[[mapping.test]]
topic = "home/kitchen/temp"
expect.drop = "when"

[[source]]
name = "weather"

[[mapping]]
name = "copy"
topic = "a/{x}"
to = "b/{x}"
deadband = 2
`

func TestParseTOML(t *testing.T) {
	rules, err := ParseTOML("gateway.toml", []byte(designFile))
	if err != nil {
		t.Fatal(err)
	}
	want := []Rule{
		{
			Name: "rooms", Topic: "home/{room}/{sensor}", Namespace: "/home/{room}", Event: "{sensor}",
			Direction: Both, Payload: Auto, QoS: 1, Retain: true, When: "payload.power > 5",
			Transform: `{"watts": payload.power}`, TransformIn: `{"power": payload.watts}`,
			Replay: ReplayNone, Meta: MetaReplayed, Rate: "10/s", Dedupe: "2s", Deadband: 0.5,
			RPC: &RPC{Reply: "stat/{room}/RESULT", Timeout: "5s"},
			Tests: []Test{
				{Topic: "home/kitchen/temp", Payload: `{"power": 6}`, Expect: Expect{
					Namespace: "/home/kitchen", Event: "temp", Payload: map[string]any{"watts": int64(6)},
				}},
				{Topic: "home/kitchen/temp", Expect: Expect{Drop: ReasonWhen}},
			},
		},
		{Name: "copy", Topic: "a/{x}", To: "b/{x}", Deadband: 2},
	}
	if diff := cmp.Diff(want, rules, cmpopts.IgnoreFields(Rule{}, "Pos")); diff != "" {
		t.Error(diff)
	}
	for field, line := range map[string]int{"": 5, "topic": 7, "transform_in": 16, "rpc": 23, "rpc.reply": 24, "test.0.payload": 28, "test.0.expect.event": 29, "test.1.expect.drop": 32} {
		if got := rules[0].Pos.LineOf(field); got != line {
			t.Errorf("%q is on line %d, want %d", field, got, line)
		}
	}
	if p := rules[1].Pos; p.File != "gateway.toml" || p.Line != 37 || p.LineOf("to") != 40 {
		t.Errorf("the second rule is at %+v", p)
	}
}

func TestParseTOMLInline(t *testing.T) {
	rules, err := ParseTOML("f", []byte("mapping = [\n {name = 'a', topic = 't'},\n {name = 'b', topic = 'u'}]"))
	if err != nil || len(rules) != 2 {
		t.Fatal(rules, err)
	}
	if p := rules[1].Pos; p.Line != 3 || p.LineOf("topic") != 3 {
		t.Errorf("the second rule is at %+v", p)
	}
}

func TestFormatTOMLRoundTrip(t *testing.T) {
	rules, err := ParseTOML("f", []byte(designFile))
	if err != nil {
		t.Fatal(err)
	}
	rules = append(rules, Rule{
		Name: "odd \"quotes\" \\ ü \x01", When: `a == "x"`, Transform: "line\nline ' \"", TransformIn: "'''\n",
		RPC: &RPC{}, Deadband: 1e21, Echo: true, Disabled: true,
		Tests: []Test{{}, {Argument: []any{int64(1), 2.0, "x\ny", map[string]any{"k \"": true}, []any{}, map[string]any{}}, Client: "ann"}},
	})
	text := FormatTOML(rules)
	again, err := ParseTOML("f", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(rules, again, cmpopts.IgnoreFields(Rule{}, "Pos")); diff != "" {
		t.Errorf("%s in\n%s", diff, text)
	}
}

func TestParseTOMLSyntax(t *testing.T) {
	_, err := ParseTOML("gateway.toml", []byte("[[mapping]]\nname = \n"))
	var problems *Problems
	if err == nil || errors.As(err, &problems) || err.Error()[:len("gateway.toml:2:")] != "gateway.toml:2:" {
		t.Errorf("error is %v", err)
	}
}
