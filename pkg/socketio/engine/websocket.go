package engine

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"gateway/pkg/socketio/internal/wsframe"
)

// acceptGUID is what a websocket key is hashed with (RFC 6455, section 1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// handshakeWrite is how long writing an opening handshake may take.
const handshakeWrite = 10 * time.Second

// wantsWebsocket reports whether the request asks for the websocket protocol.
func wantsWebsocket(r *http.Request) bool {
	return r.Method == http.MethodGet && hasToken(r.Header, "Connection", "upgrade") &&
		hasToken(r.Header, "Upgrade", "websocket")
}

// hasToken reports whether a comma-separated header holds the token.
func hasToken(h http.Header, name, token string) bool {
	for _, v := range h[name] {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// hijack takes the request's connection over and writes the opening handshake
// followed by extra. It returns what the client sent in advance. Where it fails it has answered.
func hijack(w http.ResponseWriter, r *http.Request, extra []byte) (net.Conn, []byte, error) {
	key := r.Header.Get("Sec-Websocket-Key")
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 16 {
		errBadRequest().write(w, http.StatusBadRequest)
		return nil, nil, fmt.Errorf("websocket key %q is not 16 bytes of base64", key)
	}
	if v := r.Header.Get("Sec-Websocket-Version"); v != "13" {
		w.Header().Set("Sec-WebSocket-Version", "13")
		errBadRequest().write(w, http.StatusUpgradeRequired)
		return nil, nil, fmt.Errorf("websocket version %q is not 13", v)
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		errBadRequest().write(w, http.StatusInternalServerError)
		return nil, nil, fmt.Errorf("hijack: %w", err)
	}
	head, _ := rw.Reader.Peek(rw.Reader.Buffered())
	head = append([]byte(nil), head...)
	nc.SetDeadline(time.Now().Add(handshakeWrite))
	if _, err := nc.Write(append(opening(key), extra...)); err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("write opening handshake: %w", err)
	}
	nc.SetDeadline(time.Time{})
	return nc, head, nil
}

// opening returns the server's opening handshake.
func opening(key string) []byte {
	sum := sha1.Sum([]byte(key + acceptGUID))
	return fmt.Appendf(nil, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
}

// openWebsocket opens a session on a websocket.
func (s *Server) openWebsocket(w http.ResponseWriter, r *http.Request, c *Conn) {
	nc, head, err := hijack(w, r, packetFrame(open, s.openData(c, false)).wire)
	if err != nil {
		s.o.Logger.Debug("websocket refused", "remote", r.RemoteAddr, "err", err)
		return
	}
	c.nc, c.raw = nc, rawConn(nc)
	if s.add(c) != nil || !s.goReader(func() { c.newReader(nc).run(head) }) {
		nc.Close()
	}
}

// openData returns the JSON of an open packet.
func (s *Server) openData(c *Conn, upgrades bool) string {
	up := ""
	if upgrades {
		up = `"websocket"`
	}
	limit := ""
	if !c.legacy.on {
		limit = fmt.Sprintf(`,"maxPayload":%d`, s.o.MaxPayload)
	}
	return fmt.Sprintf(`{"sid":"%s","upgrades":[%s],"pingInterval":%d,"pingTimeout":%d%s}`,
		c.id, up, s.o.PingInterval.Milliseconds(), s.o.PingTimeout.Milliseconds(), limit)
}

// newReader returns a reader of a websocket of the connection.
func (c *Conn) newReader(nc net.Conn) *wsReader {
	return &wsReader{c: c, nc: nc, src: newSource(nc, &c.srv.buffers), dec: wsframe.Decoder{Max: c.srv.o.MaxPayload}}
}
