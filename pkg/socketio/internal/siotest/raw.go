package siotest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// The opcodes of websocket frames (RFC 6455, section 5.2).
const (
	OpContinuation = 0x0
	OpText         = 0x1
	OpBinary       = 0x2
	OpClose        = 0x8
	OpPing         = 0x9
	OpPong         = 0xA
)

// Raw is a websocket at the level of frames: it does what it is told, wrong
// things too, answers nothing by itself and reads only when asked. It may be used
// outside the test's goroutine, and must be closed.
type Raw struct {
	net.Conn
	r *bufio.Reader
}

// DialRaw connects to base ("http://host:port") and sends nothing.
func DialRaw(base string) (*Raw, error) {
	nc, err := net.DialTimeout("tcp", strings.TrimPrefix(base, "http://"), patience)
	if err != nil {
		return nil, err
	}
	nc.SetDeadline(time.Now().Add(6 * patience))
	return &Raw{nc, bufio.NewReaderSize(nc, 512)}, nil
}

// OpenRaw opens a websocket session at base + "/socket.io/" and leaves the
// open packet unread.
func OpenRaw(base string) (*Raw, error) {
	return OpenRawAt(base, "/socket.io/?EIO=4&transport=websocket")
}

// OpenRawAt opens a websocket at a path with a query.
func OpenRawAt(base, target string) (*Raw, error) {
	r, err := DialRaw(base)
	if err != nil {
		return nil, err
	}
	if err := r.Upgrade(target); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Upgrade makes a websocket of the connection.
func (r *Raw) Upgrade(target string) error {
	_, err := fmt.Fprintf(r, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", target, r.RemoteAddr())
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(r.r, nil)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// JoinRaw opens a session and joins "/".
func JoinRaw(base string) (*Raw, error) {
	r, err := OpenRaw(base)
	if err != nil {
		return nil, err
	}
	for _, want := range []string{"0{", "40{"} {
		if want == "40{" {
			r.Text("40")
		}
		if got, err := r.Next(); err != nil || !strings.HasPrefix(got, want) {
			r.Close()
			return nil, errors.Join(fmt.Errorf("got %.100q, want prefix %q", got, want), err)
		}
	}
	return r, nil
}

// Frame returns a masked frame.
func Frame(fin bool, op byte, payload []byte) []byte {
	b := make([]byte, 0, 14+len(payload))
	if fin {
		op |= 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, op, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, op, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, op, 0x80|127), uint64(n))
	}
	mask := [4]byte{0x12, 0x34, 0x56, 0x78}
	b = append(b, mask[:]...)
	for i, c := range payload {
		b = append(b, c^mask[i&3])
	}
	return b
}

// Text sends one text message.
func (r *Raw) Text(s string) error {
	_, err := r.Write(Frame(true, OpText, []byte(s)))
	return err
}

// ReadFrame returns the next frame.
func (r *Raw) ReadFrame() (op byte, payload []byte, err error) {
	var h [8]byte
	if _, err := io.ReadFull(r.r, h[:2]); err != nil {
		return 0, nil, err
	}
	op = h[0] & 0x0f
	size := uint64(h[1])
	switch size {
	case 126:
		_, err = io.ReadFull(r.r, h[:2])
		size = uint64(binary.BigEndian.Uint16(h[:]))
	case 127:
		_, err = io.ReadFull(r.r, h[:])
		size = binary.BigEndian.Uint64(h[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(r.r, payload)
	return op, payload, err
}

// Next returns the next message, whatever kind it is; heartbeats are answered.
func (r *Raw) Next() (string, error) {
	for {
		_, p, err := r.ReadFrame()
		if err != nil {
			return "", err
		}
		if string(p) != "2" {
			return string(p), nil
		}
		if err := r.Text("3"); err != nil {
			return "", err
		}
	}
}

// CloseCode reads until the server ends the connection. It returns the code of
// its close frame, 0 if none came.
func (r *Raw) CloseCode() (code int) {
	for {
		op, p, err := r.ReadFrame()
		if err != nil {
			return code
		}
		if op == OpClose && len(p) >= 2 {
			code = int(binary.BigEndian.Uint16(p))
		}
	}
}

// Request makes an HTTP request on the connection and returns the body of the answer.
func (r *Raw) Request(method, target, body string) (string, error) {
	if err := r.Ask(method, target, body); err != nil {
		return "", err
	}
	return r.Answer()
}

// Ask sends an HTTP request.
func (r *Raw) Ask(method, target, body string) error {
	_, err := fmt.Fprintf(r, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s",
		method, target, r.RemoteAddr(), len(body), body)
	return err
}

// Answer returns the body of the answer to [Raw.Ask].
func (r *Raw) Answer() (string, error) {
	res, err := http.ReadResponse(r.r, nil)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

// Kill ends the connection with a reset, as the system of a killed process may.
func (r *Raw) Kill() {
	if tcp, ok := r.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	r.Close()
}
