package main

import (
	"strings"
	"testing"

	"gateway/pkg/socketio/internal/siotest"
)

// dial opens a connection that is in no namespace yet.
func dial(t *testing.T, base string) *siotest.WS {
	t.Helper()
	ws := siotest.Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	ws.WantPrefix("0")
	return ws
}

// open returns a connection in the main namespace.
func open(t *testing.T, base string) *siotest.WS {
	t.Helper()
	ws := siotest.OpenSocket(t, base, "/")
	ws.Want(`42["auth",{}]`)
	return ws
}

func TestConnect(t *testing.T) {
	base := start(t, "-ping-interval", "1m")
	for _, c := range []struct{ send, prefix, auth string }{
		{`40`, `40{"sid":"`, `42["auth",{}]`},
		{`40{"token":"123"}`, `40{"sid":"`, `42["auth",{"token":"123"}]`},
		{`40/custom`, `40/custom,{"sid":"`, `42/custom,["auth",{}]`},
		{`40/custom,`, `40/custom,{"sid":"`, `42/custom,["auth",{}]`},
		{`40/custom,{"token":"abc"}`, `40/custom,{"sid":"`, `42/custom,["auth",{"token":"abc"}]`},
		{`40/custom?x=1,`, `40/custom,{"sid":"`, `42/custom,["auth",{}]`},
	} {
		ws := dial(t, base)
		ws.Send(c.send)
		ws.WantPrefix(c.prefix)
		ws.Want(c.auth)
	}
}

func TestConnectRefused(t *testing.T) {
	ws := dial(t, start(t, "-ping-interval", "1m"))
	ws.Send("40/random")
	ws.Want(`44/random,{"message":"Invalid namespace"}`)
}

func TestConnectTwice(t *testing.T) {
	ws := open(t, start(t, "-ping-interval", "1m"))
	ws.Send(`40{"n":2}`)
	ws.WantPrefix(`40{"sid":"`)
	ws.Want(`42["auth",{"n":2}]`)
	ws.Send(`42["message","once"]`)
	ws.Want(`42["message-back","once"]`)
	ws.Send(`42["message","again"]`)
	ws.Want(`42["message-back","again"]`)
}

func TestConnectTimeout(t *testing.T) {
	ws := dial(t, start(t, "-connect-timeout", "50ms"))
	ws.WantClosed()
}

func TestDisconnect(t *testing.T) {
	base := start(t)
	ws := open(t, base)
	ws.Send("40/custom")
	ws.WantPrefix("40/custom,")
	ws.Want(`42/custom,["auth",{}]`)
	ws.Send("41/custom,")
	ws.Send(`42/custom,["message","nobody"]`)
	ws.Send(`42["message","to main"]`)
	ws.Want(`42["message-back","to main"]`)
	ws.Send("41")
	if got, _, _ := ws.Read(); got != "2" {
		t.Errorf("got %q, want only pings", got)
	}
}

func TestMessages(t *testing.T) {
	ws := open(t, start(t, "-ping-interval", "1m"))
	for send, want := range map[string]string{
		`42["message",1,"2",{"3":[true]}]`:                `42["message-back",1,"2",{"3":[true]}]`,
		`42["message" , 1 ]`:                              `42["message-back",1]`,
		`42["message"]`:                                   `42["message-back"]`,
		`42["m\u0065ssage","\ud83d\ude00"]`:               `42["message-back","\ud83d\ude00"]`,
		`42456["message-with-ack",1,"2",{"3":[false]}]`:   `43456[1,"2",{"3":[false]}]`,
		`420["message-with-ack"]`:                         `430[]`,
		`450-["message",{"_placeholder":false,"num":0}]`:  `42["message-back",{"_placeholder":false,"num":0}]`,
		`42["message",{"_placeholder":true,"num":7},"x"]`: `42["message-back",{"_placeholder":true,"num":7},"x"]`,
	} {
		ws.Send(send)
		ws.Want(want)
	}
}

func TestBinary(t *testing.T) {
	ws := open(t, start(t, "-ping-interval", "1m"))
	ws.Send(`452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	ws.SendBinary([]byte{1, 2, 3})
	ws.SendBinary([]byte{4, 5, 6})
	ws.Want(`452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01\x02\x03", "\x04\x05\x06")

	ws.Send(`452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	ws.SendBinary([]byte{1, 2, 3})
	ws.SendBinary([]byte{4, 5, 6})
	ws.Want(`462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01\x02\x03", "\x04\x05\x06")

	ws.Send(`451-["message",{"a":[{"_placeholder":true,"num":0}]}]`)
	ws.SendBinary(nil)
	ws.Want(`451-["message-back",{"a":[{"_placeholder":true,"num":0}]}]`, "")
}

func TestBadPacketsClose(t *testing.T) {
	base := start(t, "-ping-interval", "1m")
	bad := []string{
		"4", "4abc", "47", "49[]", "42", "42{}", `42"x"`, "42[]", "42[1]", `42[["message"]]`,
		`42abc["message-with-ack",1]`, `42["message"`, `42["message"]x`, `42["connect"]`, `42["disconnect"]`,
		`42["newListener"]`, `41{}`, `40[]`, `40"x"`, `401{}`, `43["x"]`, `431{}`, `44{"message":"x"}`,
		`45["message"]`, `4599-["message"]`, `45x-["message"]`, `451-["message",{"_placeholder":true,"num":1}]`,
		`421` + strings.Repeat("9", 30) + `["message"]`,
		`42["message",` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `]`,
		`42["message"` + strings.Repeat(",1", 100_000) + `]`,
		`42/` + strings.Repeat("n", 100_000) + `,["message"]`,
	}
	other := open(t, base)
	for _, packet := range bad {
		ws := open(t, base)
		ws.Send(packet)
		if strings.HasPrefix(packet, "451-") {
			ws.SendBinary([]byte{1})
		}
		ws.WantClosed()
	}
	ws := open(t, base)
	ws.SendBinary([]byte{1})
	ws.WantClosed()
	ws = open(t, base)
	ws.Send(`451-["message",{"_placeholder":true,"num":0}]`)
	ws.Send(`42["message"]`)
	ws.WantClosed()
	ws = dial(t, base)
	ws.Send(`42["message"]`)
	ws.WantClosed()
	other.Send(`42["message","unharmed"]`)
	other.Want(`42["message-back","unharmed"]`)
}
