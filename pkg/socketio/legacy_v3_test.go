package socketio

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

const (
	polling3   = "/socket.io/?EIO=3&transport=polling&b64=1"
	websocket3 = "/socket.io/?EIO=3&transport=websocket"
)

// session3 is a polling session of revision 3.
type session3 struct {
	t    *testing.T
	url  string
	open string // what came with the open packet
}

func open3(t *testing.T, base, target string) *session3 {
	t.Helper()
	status, body := siotest.Get(t, base+target)
	length, packet, _ := strings.Cut(body, ":")
	n, _ := strconv.Atoi(length)
	var open struct{ SID string }
	if status != http.StatusOK || n == 0 || n > len(packet) || json.Unmarshal([]byte(packet[1:n]), &open) != nil {
		t.Fatalf("handshake: status %d, %q", status, body)
	}
	return &session3{t, base + target + "&sid=" + open.SID, packet[n:]}
}

// want polls until the payload has come, in one piece or in several.
func (s *session3) want(payload string) {
	s.t.Helper()
	var all string
	for len(all) < len(payload) {
		status, got := siotest.Get(s.t, s.url)
		if all += got; status != http.StatusOK || !strings.HasPrefix(payload, all) {
			s.t.Fatalf("status %d, %q, want %q", status, all, payload)
		}
	}
}

func (s *session3) post(payload string, status int) {
	s.t.Helper()
	if got, body := siotest.Do(s.t, http.MethodPost, s.url, strings.NewReader(payload)); got != status {
		s.t.Fatalf("%q: status %d, %q", payload, got, body)
	}
}

func echo(s *Socket) {
	s.On("echo", func(_ context.Context, e *Event) {
		args := make([]any, len(e.Args))
		for i, a := range e.Args {
			args[i] = a
		}
		e.Ack(args...)
		s.Emit("echo", args...)
	})
}

func TestPolling3(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	n.OnConnect(echo)
	s := open3(t, base, polling3)
	if s.open != "2:40" {
		t.Errorf("with the open packet came %q", s.open)
	}
	s.post(`15:42["echo","😀"]`, 200)
	s.want(`15:42["echo","😀"]`)
	s.post("0:1:2", 200)
	s.want("1:3")
	s.post(`46:451-7["echo",{"_placeholder":true,"num":0}]6:b4AQI=`, 400)
	s = open3(t, base, polling3)
	s.post(`43:451-7["echo",{"_placeholder":true,"num":0}]6:b4AQI=`, 200)
	s.want(`36:461-7[{"_placeholder":true,"num":0}]6:b4AQI=42:451-["echo",{"_placeholder":true,"num":0}]6:b4AQI=`)
	s.post("1:1", 200)
	s.want("1:6") // the poll that the close has overtaken
	if status, _ := siotest.Get(t, s.url); status != 400 {
		t.Errorf("status %d after close", status)
	}
}

// A client that takes octets gets them where something is binary.
func TestPollingOctets3(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/").OnConnect(echo)
	s := open3(t, base, "/socket.io/?EIO=3&transport=polling")
	s.post(`12:42["echo",1]`, 200)
	s.want(`12:42["echo",1]`)
	body := "\x00\x04\x02\xff451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x01\x03\xff\x04\x01\xff"
	res, err := http.Post(s.url, "application/octet-stream", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("status %d", res.StatusCode)
	}
	res, err = http.Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, _ := io.ReadAll(res.Body)
	if string(got) != body || res.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q, want %q; %v", got, body, res.Header)
	}
}

func TestWebsocket3(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	n.OnConnect(echo)
	srv.Namespace("/x").OnConnect(echo)
	old := siotest.Dial(t, base+websocket3)
	if open := old.WantPrefix("0{"); strings.Contains(open, "maxPayload") {
		t.Errorf("open packet %q", open)
	}
	old.Want("40")
	new := siotest.OpenSocket(t, base, "/")
	for _, ws := range []*siotest.WS{old, new} {
		ws.Send("40/x,")
		ws.WantPrefix("40/x,")
	}
	n.Emit("e", []byte{1, 2}, 3)
	old.Want(`451-["e",{"_placeholder":true,"num":0},3]`, "\x04\x01\x02")
	new.Want(`451-["e",{"_placeholder":true,"num":0},3]`, "\x01\x02")
	for ws, binary := range map[*siotest.WS]string{old: "\x04\x07", new: "\x07"} {
		ws.Send(`451-/x,["echo",{"_placeholder":true,"num":0}]`)
		ws.SendBinary([]byte(binary))
		ws.Want(`451-/x,["echo",{"_placeholder":true,"num":0}]`, binary)
	}
	// Some clients probe and upgrade a websocket that is one from the start.
	old.Send("2probe")
	old.Want("3")
	old.Send("5")
	old.Send("2")
	old.Want("3")
	old.Send("41/x,")
	eventually(t, "it has left", func() bool { return srv.Lookup("/x").Len() == 1 })
	old.Send("1")
	old.WantClosed()
}

// By polling the end of a session comes alone: JavaScript clients act on it
// before they act on a disconnection in the same answer, and would come back.
func TestPollingClosesLast(t *testing.T) {
	srv, base := serve(t, Options{})
	conns := sockets(srv.Namespace("/"))
	old := open3(t, base, polling3)
	recv(t, conns).Disconnect(true)
	old.want("2:41")
	old.want("1:1")
	new := siotest.OpenPolling(t, base+"/socket.io/")
	new.Post("40")
	s := recv(t, conns)
	new.Get()
	s.Disconnect(true)
	for _, want := range []string{"41", "1"} {
		if _, got := new.Get(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	eventually(t, "both are gone", func() bool { return srv.Stats().Connections == 0 })
}

// Clients of any version can be told to send binary as base64, on a websocket too.
func TestBase64FromAWebsocket(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/").OnConnect(echo)
	ws := siotest.OpenSocket(t, base, "/")
	ws.Send(`451-["echo",{"_placeholder":true,"num":0}]`)
	ws.Send("bAQI=")
	ws.Want(`451-["echo",{"_placeholder":true,"num":0}]`, "\x01\x02")
	ws.Send("bA")
	ws.WantClosed()
}

// A websocket that takes no binary gets base64 in text.
func TestWebsocketBase64OfRevision3(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/").OnConnect(echo)
	ws := siotest.Dial(t, base+websocket3+"&b64=1")
	ws.WantPrefix("0{")
	ws.Want("40")
	ws.Send(`451-["echo",{"_placeholder":true,"num":0}]`)
	ws.Send("b4AQI=")
	ws.Want(`451-["echo",{"_placeholder":true,"num":0}]`, "b4AQI=")
}

// What is wrong for the revision costs the connection, and only that.
func TestViolationsOfRevision3(t *testing.T) {
	srv, base := serve(t, Options{})
	n := srv.Namespace("/")
	n.OnConnect(echo)
	witness := siotest.Dial(t, base+websocket3)
	witness.WantPrefix("0{")
	witness.Want("40")
	for _, text := range []string{"3", "0", "7", "", "b", "b2AQI=", "b4A", "4", "4x", "42", "421", `451-["a"]`} {
		ws := siotest.Dial(t, base+websocket3)
		ws.WantPrefix("0{")
		ws.Want("40")
		ws.Send(text)
		if text == `451-["a"]` {
			ws.Send("2")
			ws.Send(`42["a"]`)
		}
		if text != `451-["a"]` {
			ws.WantClosed()
			continue
		}
		ws.Want("3")
		ws.WantClosed()
	}
	for _, binary := range []string{"", "\x02", "4a", "\x04"} {
		ws := siotest.Dial(t, base+websocket3)
		ws.WantPrefix("0{")
		ws.Want("40")
		ws.SendBinary([]byte(binary))
		ws.WantClosed()
	}
	for _, payload := range []string{"4a", "2:4", "", "1:3", "1:0", "3:4xx"} {
		s := open3(t, base, polling3)
		s.post(payload, 400)
	}
	witness.Send("2")
	witness.Want("3")
	eventually(t, "one is left", func() bool { return srv.Stats().Connections == 1 })
}

// A client of revision 3 pings by itself; what keeps silent is closed.
func TestHeartbeat3(t *testing.T) {
	srv, base := serve(t, Options{PingInterval: 200 * time.Millisecond, PingTimeout: 200 * time.Millisecond})
	conns := sockets(srv.Namespace("/"))
	silent := siotest.Dial(t, base+websocket3)
	silent.WantPrefix("0{")
	silent.Want("40")
	reasons := make(chan Reason, 1)
	recv(t, conns).OnDisconnect(func(r Reason) { reasons <- r })
	lively := siotest.Dial(t, base+websocket3)
	lively.WantPrefix("0{")
	lively.Want("40")
	recv(t, conns).OnDisconnect(func(r Reason) { reasons <- "lively: " + r })
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			select {
			case <-tick.C:
				lively.Send("2")
			case <-stop:
				return
			}
		}
	}()
	if r := recv(t, reasons); r != ReasonPingTimeout {
		t.Errorf("reason %q", r)
	}
	silent.WantClosed()
	close(stop)
	<-done
	lively.Want("3")
	eventually(t, "only the silent one is gone", func() bool { return srv.Stats().Connections == 1 && len(reasons) == 0 })
}

// Pings come each interval, however long their answers may take.
func TestPingsComeEachInterval(t *testing.T) {
	srv, base := serve(t, Options{PingInterval: 50 * time.Millisecond, PingTimeout: time.Hour})
	srv.Namespace("/")
	ws := siotest.OpenSocket(t, base, "/")
	for range 3 {
		if got, _, err := ws.Read(); got != "2" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		ws.Send("3")
	}
}

// Events emitted while a session of revision 3 moves to a websocket arrive
// once, in order, binary ones too.
func TestUpgrade3LosesNothing(t *testing.T) {
	srv, base := serve(t, Options{})
	conns := sockets(srv.Namespace("/"))
	s := open3(t, base, polling3)
	socket := recv(t, conns)
	socket.Emit("a", []byte{1})
	ws := siotest.Dial(t, strings.Replace(strings.Replace(s.url, "transport=polling", "transport=websocket", 1), "&b64=1", "", 1))
	ws.Send("2probe")
	ws.Want("3probe")
	s.want(`39:451-["a",{"_placeholder":true,"num":0}]6:b4AQ==`)
	socket.Emit("b", []byte{2})
	ws.Send("5")
	ws.Want(`451-["b",{"_placeholder":true,"num":0}]`, "b4Ag==")
	socket.Emit("c", []byte{3})
	ws.Want(`451-["c",{"_placeholder":true,"num":0}]`, "\x04\x03")
}

// While a probe is under way a poll is sent away with a noop.
func TestUpgrade3SendsThePollAway(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/")
	s := open3(t, base, polling3)
	polled := make(chan struct{})
	go func() { defer close(polled); s.want("1:6") }()
	ws := siotest.Dial(t, strings.Replace(s.url, "transport=polling", "transport=websocket", 1))
	ws.Send("2probe")
	ws.Want("3probe")
	recv(t, polled)
	ws.Send("5")
	ws.Send("2")
	ws.Want("3")
}
