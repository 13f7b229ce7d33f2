package socketio

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

// stalled is a client that joins "/" and then reads nothing more, unless from the result.
func stalled(t *testing.T, base string) *bufio.Reader {
	t.Helper()
	addr := strings.TrimPrefix(base, "http://")
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	fmt.Fprintf(nc, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", addr)
	r := bufio.NewReaderSize(nc, 16)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(res, err)
	}
	nc.Write([]byte("\x81\x82\x00\x00\x00\x0040")) // a frame with "40", masked with zeros
	nc.SetReadDeadline(time.Now().Add(30 * time.Second))
	return r
}

func TestSlowConsumerIsClosedAndDelaysNobody(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 200_000})
	n := srv.Namespace("/")
	conns := sockets(n)
	stalled(t, base)
	slow := ready(t, conns)
	gone := make(chan Reason, 1)
	slow.OnDisconnect(func(r Reason) { gone <- r })
	ws, _ := join(t, base, "/", conns)
	payload := strings.Repeat("x", 50_000)
	var reason Reason
	for i := 0; reason == "" && i < 1000; i++ {
		n.Emit("e", i, payload)
		ws.Want(fmt.Sprintf(`42["e",%d,"%s"]`, i, payload))
		select {
		case reason = <-gone:
		default:
		}
	}
	if reason != ReasonSlowConsumer {
		t.Errorf("reason %q", reason)
	}
	if n.Len() != 1 || srv.Stats().Drops["slow_consumer"] == 0 {
		t.Errorf("%d sockets, %+v", n.Len(), srv.Stats())
	}
	eventually(t, "nothing is queued for it", func() bool { return srv.Stats().QueuedBytes == 0 })
}

// fill makes the kernel take nothing more for the socket.
func fill(t *testing.T, srv *Server, s *Socket) {
	t.Helper()
	payload := strings.Repeat("x", 100_000)
	stuck := func() bool { return srv.Stats().QueuedBytes > 0 }
	for range 1000 {
		s.Emit("fill", payload)
		for range 50 {
			if !stuck() {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if stuck() {
			return
		}
	}
	t.Fatal("the kernel takes everything")
}

// readEvents reads server frames from a plain connection until one holds last.
func readEvents(t *testing.T, r *bufio.Reader, last string) (events []string) {
	t.Helper()
	for {
		var h [8]byte
		if _, err := io.ReadFull(r, h[:2]); err != nil {
			t.Fatalf("read: %v after %d events", err, len(events))
		}
		size := uint64(h[1])
		switch size {
		case 126:
			io.ReadFull(r, h[:2])
			size = uint64(binary.BigEndian.Uint16(h[:]))
		case 127:
			io.ReadFull(r, h[:])
			size = binary.BigEndian.Uint64(h[:])
		}
		p := make([]byte, size)
		if _, err := io.ReadFull(r, p); err != nil {
			t.Fatal(err)
		}
		if s := string(p); !strings.HasPrefix(s, `42["fill"`) && strings.HasPrefix(s, "42") {
			events = append(events, s)
			if s == last {
				return events
			}
		}
	}
}

func TestConflationAndVolatile(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 5_000_000, MaxQueuePackets: 10})
	n := srv.Namespace("/")
	conns := sockets(n)
	nc := stalled(t, base)
	slow := ready(t, conns)
	ws, _ := join(t, base, "/", conns)
	fill(t, srv, slow)
	for i := range 500 {
		n.Key("temp").Emit("temp", i)
		n.Key(fmt.Sprint("k", i%2)).Emit("k", i)
		ws.Want(fmt.Sprintf(`42["temp",%d]`, i), fmt.Sprintf(`42["k",%d]`, i))
	}
	count, _ := n.Volatile().Emit("volatile")
	if count != 1 {
		t.Errorf("%d receivers of a volatile event", count)
	}
	n.Emit("end")
	ws.Want(`42["volatile"]`, `42["end"]`)

	got := readEvents(t, nc, `42["end"]`)
	want := []string{`42["k",498]`, `42["temp",499]`, `42["k",499]`, `42["end"]`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if st := srv.Stats(); st.Drops["volatile"] != 1 || st.Drops["conflated"] != 997 || st.QueuedBytes != 0 {
		t.Errorf("%+v", st)
	}
}

func TestNothingIsLostBehindAFullSocket(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 20_000_000, MaxQueuePackets: 100_000})
	n := srv.Namespace("/")
	conns := sockets(n)
	nc := stalled(t, base)
	slow := ready(t, conns)
	fill(t, srv, slow)
	const count = 20_000
	for i := range count {
		n.Emit("e", i, strings.Repeat("x", i%300))
	}
	n.Emit("end")
	got := readEvents(t, nc, `42["end"]`)
	if len(got) != count+1 {
		t.Fatalf("%d events, want %d", len(got), count+1)
	}
	for i, e := range got[:count] {
		if !strings.HasPrefix(e, fmt.Sprintf(`42["e",%d,`, i)) {
			t.Fatalf("event %d is %.40q", i, e)
		}
	}
}

// Keys change nothing as long as there is room.
func TestNothingIsConflatedThatFits(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 5_000_000})
	n := srv.Namespace("/")
	conns := sockets(n)
	nc := stalled(t, base)
	fill(t, srv, ready(t, conns))
	for i := range 500 {
		n.Key("k").Emit("e", i)
	}
	n.Emit("end")
	if got := readEvents(t, nc, `42["end"]`); len(got) != 501 {
		t.Errorf("%d events, want 501", len(got))
	}
}

// What waits between two requests of a polling client is bounded as well.
func TestSlowPollingClient(t *testing.T) {
	srv, base := serve(t, Options{MaxQueueBytes: 10_000})
	n := srv.Namespace("/")
	conns := sockets(n)
	p := siotest.OpenPolling(t, base+"/socket.io/")
	p.Post("40")
	ready(t, conns)
	for i := range 200 {
		n.Key("k").Emit("e", i, strings.Repeat("x", 1000))
	}
	_, body := p.Get()
	if parts := strings.Split(body, "\x1e"); len(parts) != 2 || !strings.HasPrefix(parts[1], `42["e",199,`) {
		t.Errorf("%d packets, %.100q", len(parts), body)
	}
	for i := range 200 {
		n.Emit("e", i, strings.Repeat("x", 1000))
	}
	if status, _ := p.Get(); status != http.StatusBadRequest {
		t.Errorf("status %d of a slow client", status)
	}
	eventually(t, "the reason is counted", func() bool { return srv.Stats().Disconnects[ReasonSlowConsumer] == 1 })
}
