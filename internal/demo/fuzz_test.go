package demo

import (
	"encoding/json"
	"testing"

	"gateway/pkg/socketio/client"
)

// FuzzLamp feeds the lamp two events as the gateway might send them. Whatever comes, it shows one of its colours and reports
// it as JSON, and an acknowledgement without a number always ends an alert.
func FuzzLamp(f *testing.F) {
	for _, s := range [][2]string{
		{`{"level":"critical","text":"water"}`, `{"seq":7,"replayed":true}`},
		{`"plain"`, `"offset"`},
		{`null`, `{"seq":-1}`},
		{`[1,{}]`, `7`},
		{`{`, ``},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, payload, meta string) {
		args := []client.Arg{{JSON: []byte(payload)}, {JSON: []byte(meta)}}
		l := &lamp{}
		l.apply(occur("alert", args))
		shown := l.led()
		if body, err := json.Marshal(shown); err != nil {
			t.Fatal(err, body)
		}
		switch shown.Color {
		case "green", "amber", "red":
		default:
			t.Fatalf("the LED is %q", shown.Color)
		}
		l.apply(occur("acknowledge", args[:0]))
		if l.led().Color != "green" {
			t.Fatalf("after an acknowledgement: %+v", l.led())
		}
		l.apply(occur("acknowledge", args))
	})
}
