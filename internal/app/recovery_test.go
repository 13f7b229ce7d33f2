package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const rooms = `
[[mapping]]
name = "rooms"
topic = "home/{room}/{sensor}"
namespace = "/home/{room}"
event = "{sensor}"
`

// join connects to a namespace with an auth object, and returns what the answer says of the session.
func (s *socket) join(namespace, auth string) (sid, pid string) {
	s.t.Helper()
	s.write("40" + namespace + "," + auth)
	var answer struct{ SID, PID string }
	text := s.read("40" + namespace + ",")
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "40"+namespace+",")), &answer); err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return answer.SID, answer.PID
}

// A restart for an upgrade loses no client its session.
func TestASessionOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	g := start(t, dir, anyPorts+rooms)
	before := g.dial()
	sid, pid := before.join("/home/kitchen", "")
	offset := ""
	for offset == "" { // the first may still be a replay, which has none
		if a := g.ask(http.MethodPost, g.http+"api/v1/publish/home/kitchen/temp", "21.5"); a.status != http.StatusOK {
			t.Fatal(a)
		}
		var event []any
		text := before.read(`42/home/kitchen,["temp",`)
		if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "42/home/kitchen,")), &event); err != nil {
			t.Fatal(err)
		}
		offset, _ = event[len(event)-1].(string)
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}

	after := start(t, dir, anyPorts+rooms).dial()
	if again, _ := after.join("/home/kitchen", fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, offset)); again != sid {
		t.Errorf("after the restart the client is %s, before it was %s", again, sid)
	}
}
