package socketio

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The client of 2016, byte by byte: it names no transport, takes the payload in
// octets, throws away what a poll brings while it upgrades, says that it comes
// from http://localhost, and wants a noop before anything else.
func TestOldestClient(t *testing.T) {
	srv, base := serve(t, Options{})
	events := make(chan *Event, 1)
	srv.Namespace("/").OnConnect(func(s *Socket) {
		s.On("x", func(_ context.Context, e *Event) { events <- e })
	})
	addr := strings.TrimPrefix(base, "http://")
	payload, header := rawGet(t, addr, "/socket.io/?EIO=3")
	if got := header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("content type %q", got)
	}
	packets := octets(t, payload)
	if len(packets) != 2 || packets[1] != "40" {
		t.Fatalf("packets %q", packets)
	}
	var open map[string]any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(packets[0], "0")), &open); err != nil {
		t.Fatalf("%q: %v", packets[0], err)
	}
	if open["pingInterval"] != 25000.0 || open["pingTimeout"] != 20000.0 || fmt.Sprint(open["upgrades"]) != "[websocket]" {
		t.Errorf("open packet %v", open)
	}
	nc, r, status := oldUpgrade(t, addr, open["sid"].(string), "http://localhost")
	if status != http.StatusSwitchingProtocols {
		t.Fatal(status)
	}
	srv.Namespace("/").Emit("early", 1)
	nc.Write(masked("2probe"))
	poll, header := rawGet(t, addr, "/socket.io/?EIO=3&sid="+open["sid"].(string)+"&transport=polling")
	if got := header.Get("Content-Type"); string(poll) != "\x00\x01\xff6" || got != "application/octet-stream" {
		t.Errorf("a poll during the upgrade brings %q as %s", poll, got)
	}
	wantBytes(t, r, "\x81\x063probe")
	nc.Write(masked("5"))
	early := `42["early",1]`
	wantBytes(t, r, "\x81\x016\x81"+string(rune(len(early)))+early)
	nc.Write(masked(`42["x"]`))
	if e := recv(t, events); e.Name != "x" || len(e.Args) != 0 {
		t.Errorf("%+v", e)
	} else if err := e.Socket().Emit("y", []byte{1}); err != nil {
		t.Error(err)
	}
	nc.Write(masked("2"))
	want := `451-["y",{"_placeholder":true,"num":0}]`
	wantBytes(t, r, "\x81"+string(rune(len(want)))+want+"\x82\x02\x04\x01"+"\x81\x013")
}

// What is let pass for the client of 2016 is let pass for no page.
func TestOriginOfOldestClient(t *testing.T) {
	srv, base := serve(t, Options{})
	srv.Namespace("/")
	for _, c := range []struct {
		name, open, opener, origin string // opener is the Origin that opens the session
		status                     int
	}{
		{"the client", "EIO=3", "", "http://localhost", http.StatusSwitchingProtocols},
		{"another origin", "EIO=3", "", "http://localhost:8090", http.StatusForbidden},
		{"a page's session", "EIO=3", base, "http://localhost", http.StatusForbidden},
		{"a session of another kind", "EIO=3&transport=polling", "", "http://localhost", http.StatusForbidden},
		{"a newer revision", "EIO=4&transport=polling", "", "http://localhost", http.StatusForbidden},
		{"no session", "EIO=3", "http://localhost", "http://localhost", http.StatusForbidden},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/socket.io/?"+c.open, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.opener != "" {
			req.Header.Set("Origin", c.opener)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		sid := "" // where the session was refused
		if _, rest, ok := strings.Cut(string(body), `"sid":"`); ok {
			sid, _, _ = strings.Cut(rest, `"`)
		}
		if _, _, status := oldUpgrade(t, strings.TrimPrefix(base, "http://"), sid, c.origin); status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
	}
}

// oldUpgrade asks for the websocket of a session.
func oldUpgrade(t *testing.T, addr, sid, origin string) (net.Conn, *bufio.Reader, int) {
	t.Helper()
	nc := rawDial(t, addr)
	fmt.Fprintf(nc, "GET /socket.io/?EIO=3&sid=%s&transport=websocket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: %s\r\n\r\n", sid, addr, origin)
	r := bufio.NewReader(nc)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("Sec-WebSocket-Accept"); res.StatusCode == http.StatusSwitchingProtocols && got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("accepted as %q", got)
	}
	return nc, r, res.StatusCode
}

// rawDial opens a connection that lasts no longer than the test.
func rawDial(t *testing.T, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc
}

// rawGet makes a request as old devices do.
func rawGet(t *testing.T, addr, target string) (body []byte, h http.Header) {
	t.Helper()
	nc := rawDial(t, addr)
	fmt.Fprintf(nc, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, addr)
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err = io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %q: %v", res.StatusCode, body, err)
	}
	return body, res.Header
}

// octets takes a payload of text packets apart.
func octets(t *testing.T, b []byte) (packets []string) {
	t.Helper()
	for len(b) > 0 {
		n, i := 0, 1
		for ; i < len(b) && b[i] != 0xff; i++ {
			n = n*10 + int(b[i])
		}
		if b[0] != 0 || len(b) < i+1+n {
			t.Fatalf("payload %q", b)
		}
		packets = append(packets, string(b[i+1:i+1+n]))
		b = b[i+1+n:]
	}
	return packets
}

// masked returns a client's text frame, masked with zeros.
func masked(s string) []byte {
	return append([]byte{0x81, 0x80 | byte(len(s)), 0, 0, 0, 0}, s...)
}

func wantBytes(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("got %q, want %q: %v", got, want, err)
	}
}
