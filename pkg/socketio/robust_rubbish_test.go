package socketio

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gateway/pkg/socketio/internal/siotest"
)

// rubbish is one way to misbehave. It is given a number to be different by.
type rubbish struct {
	name string
	do   func(base string, i int)
}

// raw sends bytes on a new TCP connection and reads what comes until it is closed, or closes it.
func raw(wait bool, bytesOf func(i int) []byte) func(string, int) {
	return func(base string, i int) {
		r, err := siotest.DialRaw(base)
		if err != nil {
			return
		}
		defer r.Close()
		r.Write(bytesOf(i))
		if wait {
			io.Copy(io.Discard, r.Conn)
		}
	}
}

// wire sends bytes on a websocket, before or after joining "/".
func wire(join, wait bool, bytesOf func(i int) []byte) func(string, int) {
	return func(base string, i int) {
		open := siotest.OpenRaw
		if join {
			open = siotest.JoinRaw
		}
		r, err := open(base)
		if err != nil {
			return
		}
		defer r.Close()
		r.Write(bytesOf(i))
		if wait {
			r.CloseCode()
		}
	}
}

// text sends one message as wire does, and waits for the end.
func text(join bool, s string) func(string, int) {
	b := siotest.Frame(true, siotest.OpText, []byte(s))
	return wire(join, true, func(int) []byte { return b })
}

// ask makes a request and reads the answer.
func ask(method, base, query string, body io.Reader) string {
	r, err := http.NewRequest(method, base+"/socket.io/?"+query, body)
	if err != nil {
		return ""
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

// polled opens a session by polling and does something with its query.
func polled(fn func(base, query string, i int)) func(string, int) {
	return func(base string, i int) {
		body := ask("GET", base, "EIO=4&transport=polling", nil)
		_, rest, _ := strings.Cut(body, `"sid":"`)
		sid, _, _ := strings.Cut(rest, `"`)
		fn(base, "EIO=4&transport=polling&sid="+sid, i)
		ask("POST", base, "EIO=4&transport=polling&sid="+sid, strings.NewReader("1")) // the end, if it was none yet
	}
}

func post(body func(i int) string) func(string, int) {
	return polled(func(base, query string, i int) { ask("POST", base, query, strings.NewReader(body(i))) })
}

func noise(i int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	b := make([]byte, 1+r.IntN(2000))
	for j := range b {
		b[j] = byte(r.Uint32())
	}
	return b
}

func rubbishOfAllKinds() []rubbish {
	frame := siotest.Frame
	textFrame := func(s string) []byte { return frame(true, siotest.OpText, []byte(s)) }
	http11 := func(target string) func(int) []byte {
		return func(int) []byte {
			return []byte("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
				"Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\nGET")
		}
	}
	return []rubbish{
		{"noise instead of HTTP", raw(false, noise)},
		{"half a request", raw(false, func(int) []byte { return []byte("GET /socket.io/?EIO=4&tran") })},
		{"TLS greeting", raw(false, func(int) []byte { return []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") })},
		{"headers of 100 kB", raw(true, func(int) []byte {
			return []byte("GET /socket.io/ HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 100_000) + "\r\n\r\n")
		})},
		{"bad websocket key", raw(false, http11("/socket.io/?EIO=4&transport=websocket"))},
		{"query that does not parse", raw(false, http11("/socket.io/?EIO=4&transport=websocket&%zz=%;;&sid=%ff"))},
		{"unknown session", func(base string, i int) { ask("GET", base, "EIO=4&transport=polling&sid=nobody", nil) }},
		{"unknown revision", func(base string, i int) { ask("GET", base, fmt.Sprintf("EIO=%d&transport=polling", i+5), nil) }},
		{"unknown method", func(base string, i int) { ask("BREW", base, "EIO=4&transport=polling", nil) }},
		{"noise on a websocket", wire(false, false, noise)},
		{"noise after joining", wire(true, false, noise)},
		{"noise in text frames", wire(true, true, func(i int) []byte { return frame(true, siotest.OpText, noise(i)) })},
		{"half a frame", wire(true, false, func(int) []byte { return textFrame(`42["a"]`)[:7] })},
		{"half a fragmented message", wire(true, false, func(int) []byte { return frame(false, siotest.OpText, []byte("42")) })},
		{"huge announced length", wire(true, true, func(int) []byte { return []byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00") })},
		{"unmasked frame", wire(true, true, func(int) []byte { return []byte("\x81\x0242") })},
		{"event before joining", text(false, `42["a"]`)},
		{"event without an array", text(true, "42")},
		{"event that is a number", text(true, "421")},
		{"attachments of nothing", text(true, "450-")},
		{"text instead of an attachment", wire(true, true, func(int) []byte {
			return append(textFrame(`451-["a",{"_placeholder":true,"num":0}]`), textFrame(`42["a"]`)...)
		})},
		{"attachments that never come", wire(true, false, func(int) []byte { return textFrame(`4516-["a",{"_placeholder":true,"num":15}]`) })},
		{"namespace of 100 kB", text(true, "40/"+strings.Repeat("n", 100_000)+",")},
		{"JSON 100,000 levels deep", text(true, `42["a",`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"]")},
		{"100,000 arguments", text(true, `42["a"`+strings.Repeat(",1", 100_000)+"]")},
		{"invalid UTF-8", text(true, "42[\"\xff\xfe\"]")},
		{"acknowledgement of nothing", wire(true, false, func(int) []byte { return textFrame(`43999999999999[]`) })},
		{"unknown namespaces", wire(false, false, func(int) []byte { return bytes.Repeat(textFrame("40/nowhere,"), 100) })},
		{"joining and leaving", wire(false, false, func(int) []byte { return bytes.Repeat(append(textFrame("40"), textFrame("41")...), 100) })},
		{"joining twice", wire(false, false, func(int) []byte { return bytes.Repeat(textFrame("40"), 100) })},
		{"noise by POST", post(func(i int) string { return string(noise(i)) })},
		{"bad base64 by POST", post(func(int) string { return "b===" })},
		{"empty packets by POST", post(func(int) string { return strings.Repeat("\x1e", 1000) })},
		{"too much by POST", post(func(int) string { return strings.Repeat("4", 200_000) })},
		{"too much in chunks", polled(func(base, query string, _ int) {
			ask("POST", base, query, io.MultiReader(strings.NewReader(strings.Repeat("4", 200_000)))) // of no known length
		})},
		{"two polls at once", polled(func(base, query string, _ int) {
			inParallel(3, 3, func(int) { ask("GET", base, query, nil) })
		})},
		{"a probe that goes wrong", polled(func(base, query string, i int) {
			q, _ := url.ParseQuery(query)
			r, err := siotest.OpenRawAt(base, "/socket.io/?EIO=4&transport=websocket&sid="+q.Get("sid"))
			if err != nil {
				return
			}
			defer r.Close()
			r.Text("2probe")
			r.Next()
			r.Write(frame(true, siotest.OpBinary, noise(i)))
			r.CloseCode()
		})},
		{"panic in a handler", text(true, `42["panic"]`)},
	}
}

// Whatever others send, a good client gets every event and is heard with
// every event, and in the end nothing of the others is left.
func TestRubbishHurtsNobody(t *testing.T) {
	srv, base := serveAs(t, Options{MaxPayload: 150_000, Logger: discard()}, nil)
	n := srv.Namespace("/")
	const each = 50
	heard := make(chan int, 100)
	n.OnConnect(func(s *Socket) {
		s.On("panic", func(context.Context, *Event) { panic("oh") })
		next := 0
		s.On("count", func(_ context.Context, e *Event) {
			if string(e.Args[0].JSON) != fmt.Sprint(next) {
				t.Errorf("event %s, want %d", e.Args[0].JSON, next)
			}
			next++
			heard <- next
		})
	})
	good := openRaw(t, base)
	count := 0
	step := func() {
		n.Emit("tick", count)
		if got, err := good.Next(); got != fmt.Sprintf(`42["tick",%d]`, count) {
			t.Fatalf("got %.100q, %v; want tick %d", got, err, count)
		}
		good.Text(fmt.Sprintf(`42["count",%d]`, count))
		count++
		if got := recv(t, heard); got != count {
			t.Fatalf("%d events were heard, want %d", got, count)
		}
	}
	for _, kind := range rubbishOfAllKinds() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			inParallel(each, 16, func(i int) { kind.do(base, i) })
		}()
		for waiting := true; waiting; {
			step()
			select {
			case <-done:
				waiting = false
			case <-time.After(time.Millisecond):
			}
		}
	}
	t.Logf("%d kinds on %d connections each; %d events each way meanwhile", len(rubbishOfAllKinds()), each, count)
	eventually(t, "only the good client is left", func() bool {
		st := srv.Stats()
		return st.Connections == 1 && st.Sockets == 1 && n.Len() == 1 && st.QueuedBytes == 0
	})
	http.DefaultClient.CloseIdleConnections()
}
