// Package siotest has plain clients to test servers with: they send and read
// single packets, and know nothing of the protocols beyond the heartbeat.
package siotest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience is how long anything may take that should happen.
const patience = 10 * time.Second

// WS is a websocket of a test. Its methods fail the test.
type WS struct {
	t testing.TB
	c *websocket.Conn
}

// Dial opens a websocket at url, which may begin with http. It is closed with the test.
func Dial(t testing.TB, url string) *WS {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatalf("dial %s: %v", url, err)
	}
	c.SetReadLimit(64 << 20)
	t.Cleanup(func() { c.CloseNow() })
	return &WS{t, c}
}

// Send sends text.
func (w *WS) Send(text string) { w.t.Helper(); w.write(websocket.MessageText, []byte(text)) }

// SendBinary sends bytes.
func (w *WS) SendBinary(b []byte) { w.t.Helper(); w.write(websocket.MessageBinary, b) }

func (w *WS) write(typ websocket.MessageType, b []byte) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.c.Write(ctx, typ, b); err != nil {
		w.t.Fatalf("send %.80q: %v", b, err)
	}
}

// Read returns the next message, whatever it is; err is that of the connection.
func (w *WS) Read() (text string, binary bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	typ, b, err := w.c.Read(ctx)
	if ctx.Err() != nil {
		w.t.Fatal("nothing came in time")
	}
	return string(b), typ == websocket.MessageBinary, err
}

// Next returns the next message but for pings, which it answers.
func (w *WS) Next() string {
	w.t.Helper()
	for {
		s, binary, err := w.Read()
		if err != nil {
			w.t.Fatalf("read: %v", err)
		}
		if s == "2" && !binary {
			w.Send("3")
			continue
		}
		return s
	}
}

// Want fails the test unless the next messages are these.
func (w *WS) Want(messages ...string) {
	w.t.Helper()
	for _, want := range messages {
		if got := w.Next(); got != want {
			w.t.Fatalf("got %.200q, want %.200q", got, want)
		}
	}
}

// WantPrefix fails the test unless the next message begins so, and returns it.
func (w *WS) WantPrefix(prefix string) string {
	w.t.Helper()
	got := w.Next()
	if !strings.HasPrefix(got, prefix) {
		w.t.Fatalf("got %.200q, want prefix %q", got, prefix)
	}
	return got
}

// WantClosed reads until the server has closed the connection, and returns
// its close code, -1 when it sent none. Pings are answered.
func (w *WS) WantClosed() int {
	w.t.Helper()
	for {
		s, _, err := w.Read()
		if err != nil {
			return int(websocket.CloseStatus(err))
		}
		if s == "2" {
			w.c.Write(context.Background(), websocket.MessageText, []byte("3"))
		}
	}
}

// Close closes the connection at once.
func (w *WS) Close() { w.c.CloseNow() }

// OpenSocket dials a Socket.IO server at base ("http://host:port") and joins the namespace.
func OpenSocket(t testing.TB, base, namespace string) *WS {
	t.Helper()
	w := Dial(t, base+"/socket.io/?EIO=4&transport=websocket")
	w.WantPrefix("0{")
	w.Join(namespace)
	return w
}

// Join connects to a namespace and waits for the answer.
func (w *WS) Join(namespace string) {
	w.t.Helper()
	if namespace == "/" {
		w.Send("40")
		w.WantPrefix("40{")
		return
	}
	w.Send("40" + namespace + ",")
	w.WantPrefix("40" + namespace + ",{")
}
