package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	dialTimeout  = 10 * time.Second
	writeTimeout = 5 * time.Second
	firstRetry   = 500 * time.Millisecond
	lastRetry    = 15 * time.Second
)

var errOffline = errors.New("not connected")

// heard is one event of a namespace: its name and its arguments.
type heard struct {
	name string
	args []json.RawMessage
}

// socket is a board's connection to one namespace, in as little of Socket.IO 5 over a websocket as a board needs: text
// events without acks. It is made again whenever it breaks.
type socket struct {
	url, namespace string
	log            *slog.Logger
	onEvent        func(heard) // runs in order; the name is "connect" after each connection

	mu   sync.Mutex
	conn *websocket.Conn // nil while offline
}

func (o Options) socket(device, namespace string, onEvent func(heard)) *socket {
	return &socket{
		url:       o.HTTPURL + "socket.io/?EIO=4&transport=websocket",
		namespace: namespace, log: o.Logger.With("device", device), onEvent: onEvent,
	}
}

// run keeps the connection until ctx ends.
func (s *socket) run(ctx context.Context) error {
	for delay := firstRetry; ; delay = min(2*delay, lastRetry) {
		began := time.Now()
		err := s.live(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.log.Debug("demo device has no connection", "error", err)
		if time.Since(began) > lastRetry {
			delay = firstRetry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(delay/2 + rand.N(delay/2)):
		}
	}
}

// live makes one connection and returns when it has ended.
func (s *socket) live(ctx context.Context) error {
	conn, quiet, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	defer s.set(nil)
	for {
		packet, err := read(ctx, conn, quiet)
		if err != nil {
			return err
		}
		if err := s.take(ctx, conn, packet); err != nil {
			return err
		}
	}
}

// open dials and shakes hands. quiet is how long the gateway may say nothing.
func (s *socket) open(ctx context.Context) (conn *websocket.Conn, quiet time.Duration, err error) {
	dial, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, _, err = websocket.Dial(dial, s.url, nil) // the library closes the response's body
	if err != nil {
		return nil, 0, fmt.Errorf("dial %s: %w", s.url, err)
	}
	quiet, err = greet(dial, conn, s.namespace)
	if err != nil {
		conn.CloseNow()
		return nil, 0, fmt.Errorf("%s %s: %w", s.url, s.namespace, err)
	}
	return conn, quiet, nil
}

// greet reads the Engine.IO handshake and asks for the namespace.
func greet(ctx context.Context, conn *websocket.Conn, namespace string) (quiet time.Duration, err error) {
	_, hello, err := conn.Read(ctx)
	if err != nil {
		return 0, err
	}
	var times struct{ PingInterval, PingTimeout int } // ms
	if len(hello) == 0 || hello[0] != '0' || json.Unmarshal(hello[1:], &times) != nil {
		return 0, fmt.Errorf("no handshake but %.40q", hello)
	}
	quiet = time.Duration(times.PingInterval+times.PingTimeout) * time.Millisecond
	return max(quiet, time.Second), write(ctx, conn, "40"+namespace+",")
}

func read(ctx context.Context, conn *websocket.Conn, quiet time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	_, packet, err := conn.Read(ctx)
	return string(packet), err
}

func write(ctx context.Context, conn *websocket.Conn, packet string) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, []byte(packet))
}

// take handles one packet.
func (s *socket) take(ctx context.Context, conn *websocket.Conn, packet string) error {
	body, ours := strings.CutPrefix(packet, "42"+s.namespace+",")
	switch {
	case packet == "2": // ping
		return write(ctx, conn, "3")
	case ours:
		if e, ok := parseEvent(body); ok {
			s.onEvent(e)
		}
	case strings.HasPrefix(packet, "40"+s.namespace+","):
		s.set(conn)
		s.log.Debug("demo device connected")
		s.onEvent(heard{name: "connect"})
	case strings.HasPrefix(packet, "44"), strings.HasPrefix(packet, "41"), packet == "1":
		return fmt.Errorf("refused: %.200s", packet)
	}
	return nil
}

// parseEvent reads ["name", argument, ...].
func parseEvent(body string) (heard, bool) {
	var parts []json.RawMessage
	var e heard
	if json.Unmarshal([]byte(body), &parts) != nil || len(parts) == 0 || json.Unmarshal(parts[0], &e.name) != nil {
		return e, false
	}
	e.args = parts[1:]
	return e, true
}

func (s *socket) set(conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
}

// emit sends an event with one argument.
func (s *socket) emit(ctx context.Context, event string, argument any) error {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return errOffline
	}
	packet, err := json.Marshal([]any{event, argument})
	if err != nil {
		return err
	}
	return write(ctx, conn, "42"+s.namespace+","+string(packet))
}
