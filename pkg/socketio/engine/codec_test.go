package engine

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFrameOnTheWire(t *testing.T) {
	f := NewFrame([]byte(`51-`), []byte(`["a"]`), []byte{1, 2}, nil)
	if got, want := string(f.wire), "\x81\x09451-[\"a\"]\x82\x02\x01\x02\x82\x00"; got != want {
		t.Errorf("websocket: %q, want %q", got, want)
	}
	if got, want := string(f.appendPolled([]byte("4x"))), "4x\x1e451-[\"a\"]\x1ebAQI=\x1eb"; got != want {
		t.Errorf("polling: %q, want %q", got, want)
	}
	if got := string(controlFrame([]byte("x")).appendPolled(nil)); got != "" {
		t.Errorf("control frame by polling: %q", got)
	}
	if got := string(NewBinaryFrame([]byte{1}).appendPolled(nil)); got != "bAQ==" {
		t.Errorf("binary frame by polling: %q", got)
	}
}

func TestDecodePayload(t *testing.T) {
	for in, want := range map[string]string{
		"4a":             "message a",
		"4a\x1e2\x1e3p":  "message a,ping ,pong p",
		"bAQI=\x1e4":     "binary \x01\x02,message ",
		"b":              "binary ",
		"4a\x1e":         "message a,engine: empty packet",
		"":               "engine: empty packet",
		"x":              "engine: unknown packet type",
		"4a\x1ebA":       "message a,engine: binary packet is not base64",
		"4\xff":          "engine: payload is not valid UTF-8",
		"bAQI=AQI=\x1e4": "engine: binary packet is not base64",
	} {
		names := map[packetType]string{message: "message", ping: "ping", pong: "pong"}
		var got []string
		err := decodePayload([]byte(in), func(p packet) bool {
			name := names[p.typ]
			if p.binary {
				name = "binary"
			}
			got = append(got, name+" "+string(p.data))
			return true
		})
		if err != nil {
			got = append(got, err.Error())
		}
		if s := strings.Join(got, ","); s != want {
			t.Errorf("%q: %q, want %q", in, s, want)
		}
	}
}

func TestDecodePayloadStops(t *testing.T) {
	n := 0
	decodePayload([]byte("4\x1e4\x1e4"), func(packet) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("%d packets after the second was refused", n)
	}
}

func FuzzPacket(f *testing.F) {
	f.Add([]byte("4hello"))
	f.Add([]byte("2probe"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decodePacket(b)
		if err == nil && string(append([]byte{byte(p.typ)}, p.data...)) != string(b) {
			t.Fatalf("%q became %q %q", b, p.typ, p.data)
		}
	})
}

// What a payload decodes to must come out again when it is encoded.
func FuzzPayload(f *testing.F) {
	f.Add([]byte("4a\x1e4b\x1ebAQI="))
	f.Add([]byte("2\x1e3probe\x1eb"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var first [][]byte
		var out []byte
		err := decodePayload(bytes.Clone(b), func(p packet) bool {
			first = append(first, bytes.Clone(p.data))
			if p.binary {
				out = NewBinaryFrame(p.data).appendPolled(out)
			} else {
				out = packetFrame(p.typ, string(p.data)).appendPolled(out)
			}
			return true
		})
		if err != nil {
			return
		}
		var second [][]byte
		if err := decodePayload(out, func(p packet) bool { second = append(second, bytes.Clone(p.data)); return true }); err != nil {
			t.Fatalf("%q became %q: %v", b, out, err)
		}
		if !cmp.Equal(first, second) {
			t.Fatalf("%q became %q", first, second)
		}
	})
}

type nobody struct{}

func (nobody) Open(*Conn)                         {}
func (nobody) Message(*Conn, []byte, bool) Reason { return "" }
func (nobody) Close(*Conn, Reason)                {}

func testOptions() Options {
	return Options{
		Path: "/engine.io/", PingInterval: time.Minute, PingTimeout: time.Minute, UpgradeTimeout: time.Minute,
		MaxPayload: 1000, MaxQueueBytes: 1000, MaxQueuePackets: 10, Shards: 1,
	}
}

// Whatever the request, the answer is one of the protocol's, and only a good
// handshake opens a session.
func FuzzHandshake(f *testing.F) {
	f.Add("GET", "EIO=4&transport=polling", "", "", "")
	f.Add("GET", "EIO=4&transport=websocket", "websocket", "dGhlIHNhbXBsZSBub25jZQ==", "13")
	f.Add("OPTIONS", "EIO=4", "", "", "")
	f.Add("POST", "EIO=3&sid=x", "", "", "")
	f.Add("GET", "EIO=3", "", "", "")
	f.Add("GET", "EIO=3&transport=polling&b64=1", "", "", "")
	f.Add("GET", "EIO=3&transport=websocket&b64=1", "websocket", "dGhlIHNhbXBsZSBub25jZQ==", "13")
	f.Fuzz(func(t *testing.T, method, query, up, key, version string) {
		s := New(testOptions(), nobody{})
		defer s.Close(t.Context())
		r := &http.Request{Method: method, URL: &url.URL{Path: "/engine.io/", RawQuery: query}, Host: "h", Header: http.Header{
			"Upgrade": {up}, "Connection": {"Upgrade"}, "Sec-Websocket-Key": {key}, "Sec-Websocket-Version": {version},
		}, Body: http.NoBody}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		opened := s.Stats().Connections == 1
		switch w.Code {
		case http.StatusOK:
			if !opened || !strings.Contains(w.Body.String(), `0{"sid":"`) {
				t.Fatalf("%q", w.Body)
			}
		case http.StatusNoContent, http.StatusBadRequest, http.StatusUpgradeRequired, http.StatusInternalServerError:
			if opened {
				t.Fatalf("status %d, but a session", w.Code)
			}
		default:
			t.Fatalf("status %d", w.Code)
		}
	})
}

func TestCORS(t *testing.T) {
	for _, c := range []struct {
		name, origin, method string
		allow                func(*http.Request) bool
		status               int
		cors                 string
	}{
		{"no origin", "", "GET", nil, 200, ""},
		{"same host", "http://h:1", "GET", nil, 200, "http://h:1"},
		{"same host by TLS", "https://h:1", "GET", nil, 200, "https://h:1"},
		{"other port", "http://h:2", "GET", nil, 403, ""},
		{"foreign", "http://evil", "GET", nil, 403, ""},
		{"foreign preflight", "http://evil", "OPTIONS", nil, 403, ""},
		{"opaque", "null", "GET", nil, 403, ""},
		{"no URL", "://", "GET", nil, 403, ""},
		{"allowed", "http://app", "GET", func(r *http.Request) bool { return r.Header.Get("Origin") == "http://app" }, 200, "http://app"},
		{"allowed preflight", "http://app", "OPTIONS", func(*http.Request) bool { return true }, 204, "http://app"},
		{"own host refused", "http://h:1", "GET", func(*http.Request) bool { return false }, 403, ""},
	} {
		o := testOptions()
		o.AllowOrigin = c.allow
		s := New(o, nobody{})
		r := httptest.NewRequest(c.method, "/engine.io/?EIO=4&transport=polling", nil)
		r.Host = "h:1"
		r.Header.Set("Access-Control-Request-Headers", "x-token")
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Header().Get("Access-Control-Allow-Origin"); w.Code != c.status || got != c.cors {
			t.Errorf("%s: status %d, allowed %q", c.name, w.Code, got)
		}
		if c.status == 204 && (w.Header().Get("Access-Control-Allow-Headers") != "x-token" || w.Header().Get("Access-Control-Allow-Methods") == "") {
			t.Errorf("%s: headers %v", c.name, w.Header())
		}
		s.Close(t.Context())
	}
}

func TestAuthorize(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{nil, 200, ""},
		{errors.New("internal matter"), 403, `{"code":4,"message":"Forbidden"}`},
		{&HandshakeError{}, 403, `{"code":4,"message":"Forbidden"}`},
		{&HandshakeError{Status: 429, Code: 9, Message: "too many"}, 429, `{"code":9,"message":"too many"}`},
	} {
		o := testOptions()
		o.Authorize = func(*http.Request) (any, error) { return "me", c.err }
		s := New(o, nobody{})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/engine.io/?EIO=4&transport=polling", nil))
		if w.Code != c.status || c.body != "" && strings.TrimSpace(w.Body.String()) != c.body {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
		s.Close(t.Context())
	}
}

func TestRequestKeepsWhatMatters(t *testing.T) {
	r := httptest.NewRequest("GET", "/engine.io/?EIO=4&transport=polling&t=x&token=1", nil)
	r.Header = http.Header{
		"User-Agent": {"ua"}, "Cookie": {"a=b"}, "X-Forwarded-For": {"1.2.3.4"}, "Origin": {"o"}, "Authorization": {"z"},
		"Sec-Websocket-Key": {"k"}, "Connection": {"Upgrade"}, "Accept-Encoding": {"gzip"},
	}
	got := newRequest(r, r.URL.Query(), 7)
	want := http.Header{"User-Agent": {"ua"}, "Cookie": {"a=b"}, "X-Forwarded-For": {"1.2.3.4"}, "Origin": {"o"}, "Authorization": {"z"}}
	if !cmp.Equal(got.Header, want) || !cmp.Equal(got.Query, url.Values{"token": {"1"}}) || got.Data != 7 {
		t.Errorf("%+v", got)
	}
}
