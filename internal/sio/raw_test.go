package sio

import (
	"fmt"
	"strings"
	"testing"

	"gateway/internal/access"
)

func TestOverlappingFiltersGiveOneCopy(t *testing.T) {
	for name, c := range map[string]struct{ first, second map[string]any }{
		"both plain":            {},
		"the first is no_local": {first: map[string]any{"no_local": true}},
		"the other is no_local": {second: map[string]any{"no_local": true}},
		"two codecs":            {second: map[string]any{"payload": "text"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, access.Anonymous(), "")
			p := r.dial(rawNamespace, "message")
			subscribe(p, "a/#", c.first)
			subscribe(p, "a/+", c.second)
			p.call("publish", "a/b", "x")
			p.call("publish", "a/end", "x")
			p.want(`message "a/b" "x"`, `message "a/end" "x"`)
		})
	}
}

func subscribe(p *peer, filter any, options map[string]any) string {
	if options == nil {
		return p.call("subscribe", filter)
	}
	return p.call("subscribe", filter, options)
}

func TestNoLocalLeavesOutWhatTheSocketItselfPublished(t *testing.T) {
	r := newRig(t, access.Anonymous(), "")
	p := r.dial(rawNamespace, "message")
	subscribe(p, "a/#", map[string]any{"no_local": true})
	p.call("publish", "a/b", "mine")
	r.publish("a/b", `"theirs"`)
	p.want(`message "a/b" "theirs"`)
}

func TestTheLimitOfFiltersHoldsWithinOneCall(t *testing.T) {
	r := newRig(t, access.Anonymous(), "")
	p := r.dial(rawNamespace)
	var filters []string
	for i := range 2 * maxSubscriptions {
		filters = append(filters, fmt.Sprint("f/", i))
	}
	ack := p.call("subscribe", filters)
	if ok := strings.Count(ack, `"ok":true`); ok != maxSubscriptions {
		t.Errorf("%d filters stand, want %d", ok, maxSubscriptions)
	}
	for _, filter := range []string{strings.Repeat("a/", maxLevels) + "b", strings.Repeat("x", maxFilter+1)} {
		if ack := p.call("subscribe", filter); !strings.Contains(ack, `"too_large"`) {
			t.Errorf("%.20s...: %s", filter, ack)
		}
	}
}

func TestFiltersAreCheckedOneByOne(t *testing.T) {
	who := &access.Principal{Kind: access.KindToken, ID: "k", Read: []string{"home/+/temp"}, Write: []string{"home/#"}}
	r := newRig(t, who, "")
	r.publish("home/kitchen/temp", "1")
	r.publish("home/kitchen/hum", "2")
	p := r.dial(rawNamespace, "message")
	ack := p.call("subscribe", []string{"home/#", "garden/#", "a/#/b", "home/+/temp"})
	for _, want := range []string{
		`{"filter":"home/#","ok":true}`, `"filter":"garden/#","ok":false,"error":{"code":"denied"`,
		`"filter":"a/#/b","ok":false,"error":{"code":"invalid"`, `{"filter":"home/+/temp","ok":true}`,
	} {
		if !strings.Contains(ack, want) {
			t.Errorf("no %s in %s", want, ack)
		}
	}
	p.call("publish", "home/kitchen/hum", 3)
	p.call("publish", "home/kitchen/temp", 4)
	p.want(`message "home/kitchen/temp" 1 (old)`, `message "home/kitchen/temp" 4`)
}

func TestUnsubscribe(t *testing.T) {
	r := newRig(t, access.Anonymous(), "")
	p := r.dial(rawNamespace, "message")
	p.call("subscribe", []string{"a", "b"})
	if ack := p.call("unsubscribe", []string{"a", "c"}); !strings.Contains(ack, `{"filter":"a","ok":true}`) || !strings.Contains(ack, `"filter":"c","ok":false`) {
		t.Errorf("unsubscribe: %s", ack)
	}
	r.publish("a", "1")
	r.publish("b", "2")
	p.want(`message "b" 2`)
}

func TestRawRefusesInWords(t *testing.T) {
	r := newRig(t, access.Anonymous(), "")
	p := r.dial(rawNamespace)
	for _, c := range []struct {
		event string
		args  []any
		code  string
	}{
		{"publish", []any{}, "invalid"},
		{"publish", []any{5, "x"}, "invalid"},
		{"publish", []any{"a/+", "x"}, "invalid"},
		{"publish", []any{"$SYS/a", "x"}, "denied"},
		{"publish", []any{"a", "x", "qos"}, "invalid"},
		{"publish", []any{"a", "x", map[string]any{"qos": 3}}, "invalid"},
		{"subscribe", []any{}, "invalid"},
		{"subscribe", []any{map[string]any{}}, "invalid"},
		{"subscribe", []any{"a", map[string]any{"payload": "xml"}}, "invalid"},
		{"unsubscribe", []any{7}, "invalid"},
	} {
		if ack := p.call(c.event, c.args...); !strings.Contains(ack, `"code":"`+c.code+`"`) {
			t.Errorf("%s %v: %s", c.event, c.args, ack)
		}
	}
}
