package engine

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/wsframe"
)

// fakeConn is a connection that takes what is written, when it is let.
type fakeConn struct {
	net.Conn
	entered chan struct{} // told of each write, when it is not nil
	gate    chan struct{} // each write waits until it is closed, when it is not nil
	mu      sync.Mutex
	out     []byte
	closed  bool
}

func (c *fakeConn) Write(b []byte) (int, error) {
	if c.gate != nil {
		c.entered <- struct{}{}
		<-c.gate
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed && c.gate == nil {
		return 0, net.ErrClosed
	}
	c.out = append(c.out, b...)
	return len(b), nil
}

func (c *fakeConn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	return nil
}

func (c *fakeConn) SetDeadline(time.Time) error      { return nil }
func (c *fakeConn) SetReadDeadline(time.Time) error  { return nil }
func (c *fakeConn) SetWriteDeadline(time.Time) error { return nil }

// connect opens a session on a connection that nobody reads.
func connect(t *testing.T, s *Server, nc net.Conn) *Conn {
	t.Helper()
	c := s.newConn(&Request{})
	c.nc = nc
	if err := s.add(c); err != nil {
		t.Fatal(err)
	}
	return c
}

// A write that ends well only after its connection was cut off changes
// nothing of what is accounted for.
func TestWriteThatOutlivesItsConnection(t *testing.T) {
	s := New(testOptions(), nobody{})
	nc := &fakeConn{entered: make(chan struct{}, 10), gate: make(chan struct{})}
	c := connect(t, s, nc)
	c.Send(NewFrame(nil, []byte("hello")))
	<-nc.entered
	c.Send(NewFrame(nil, []byte("more")))
	c.Reserve(5)
	c.fail(TransportError)
	close(nc.gate)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := c.queued(); n != 5 {
		t.Errorf("%d bytes are queued, want the 5 that are reserved", n)
	}
	c.Unreserve(5)
	if n := c.queued(); n != 0 {
		t.Errorf("%d bytes are queued", n)
	}
}

// record is what a reader made of bytes.
type record struct {
	nobody
	messages []string
	reason   Reason
	out      []byte
}

func (r *record) Message(_ *Conn, data []byte, binary bool) Reason {
	r.messages = append(r.messages, fmt.Sprintf("%q %v", data, binary))
	if bytes.HasPrefix(data, []byte("bad")) {
		return ParseError
	}
	return ""
}

// read feeds bytes to a new session in pieces of at most n.
func read(t *testing.T, b []byte, n int) *record {
	r := &record{}
	o := testOptions()
	o.MaxQueueBytes, o.MaxQueuePackets = 1<<30, 1<<30
	s := New(o, r)
	nc := &fakeConn{}
	c := connect(t, s, nc)
	reader := &wsReader{c: c, nc: nc, dec: wsframe.Decoder{Max: o.MaxPayload}}
	for piece := range slices.Chunk(b, n) {
		reader.feed(bytes.Clone(piece))
	}
	c.mu.Lock()
	r.reason = c.reason
	c.mu.Unlock()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := c.queued(); n != 0 {
		t.Fatalf("%d bytes are queued", n)
	}
	r.out = nc.out
	return r
}

// clientFrame returns a frame whose mask is zero.
func clientFrame(first byte, payload string) []byte {
	return append([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
}

// A session does the same whatever pieces the bytes of its websocket come in,
// answers with well-formed frames, and ends with a close frame.
func FuzzReader(f *testing.F) {
	f.Add(slices.Concat(clientFrame(0x81, "4hello"), clientFrame(0x82, "\x01\x02"), clientFrame(0x81, "3")), byte(3))
	f.Add(slices.Concat(clientFrame(0x01, "4he"), clientFrame(0x89, "p"), clientFrame(0x80, "llo"), clientFrame(0x88, "\x03\xe8")), byte(1))
	f.Add(slices.Concat(clientFrame(0x81, "4bad"), clientFrame(0x81, "4never seen")), byte(7))
	f.Add(slices.Concat(clientFrame(0x81, "2"), []byte{0x81, 0xfe}), byte(2))
	f.Add(slices.Concat(clientFrame(0x8a, ""), clientFrame(0xc1, "4x")), byte(5))
	f.Fuzz(func(t *testing.T, b []byte, n byte) {
		whole, cut := read(t, b, len(b)+1), read(t, b, int(n)+1)
		if !slices.Equal(whole.messages, cut.messages) || whole.reason != cut.reason || !bytes.Equal(whole.out, cut.out) {
			t.Fatalf("%+v, in pieces %+v", whole, cut)
		}
		if !endsWithClose(whole.out) {
			t.Fatalf("answered %q", whole.out)
		}
	})
}

// endsWithClose reports whether b is short unmasked frames, the last and only
// the last a close frame.
func endsWithClose(b []byte) bool {
	for len(b) >= 2 {
		op, n := b[0], int(b[1])
		if n > 125 || len(b) < 2+n {
			return false
		}
		b = b[2+n:]
		if op == 0x80|byte(wsframe.Close) {
			return len(b) == 0
		}
	}
	return false
}
