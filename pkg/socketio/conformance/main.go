// Command conformance serves what the test suites of the Engine.IO and
// Socket.IO protocols expect of a server. It listens on loopback addresses for tests only.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"gateway/pkg/socketio"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	addr, debug, mode string
	o                 socketio.Options
}

func parse(args []string) (config, error) {
	c := config{}
	f := flag.NewFlagSet("conformance", flag.ContinueOnError)
	f.StringVar(&c.addr, "addr", "127.0.0.1:3000", "address to listen on")
	f.StringVar(&c.mode, "mode", "socketio", "socketio, engineio or clients")
	f.StringVar(&c.debug, "debug", "", "address of /stats; none when empty")
	f.DurationVar(&c.o.PingInterval, "ping-interval", 300*time.Millisecond, "")
	f.DurationVar(&c.o.PingTimeout, "ping-timeout", 200*time.Millisecond, "")
	f.DurationVar(&c.o.ConnectTimeout, "connect-timeout", time.Second, "")
	f.DurationVar(&c.o.Recovery, "recovery", 0, "how long lost connections may return; 0 is off")
	f.Int64Var(&c.o.MaxPayload, "max-payload", 1_000_000, "bytes")
	return c, f.Parse(args)
}

// run serves until ctx ends. It prints "ready ADDR" to out once it listens.
func run(ctx context.Context, args []string, out io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	h, stats, stop, err := handler(c)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", c.addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: h}
	if c.debug != "" {
		dbg := &http.Server{Addr: c.debug, Handler: http.HandlerFunc(stats)}
		go dbg.ListenAndServe()
		defer dbg.Close()
	}
	fmt.Fprintln(out, "ready", ln.Addr())
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stop(end)
		srv.Close()
	}()
	if err := srv.Serve(ln); err != http.ErrServerClosed {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// handler returns the server of the mode, its statistics, and how to end it.
func handler(c config) (http.Handler, http.HandlerFunc, func(context.Context) error, error) {
	switch c.mode {
	case "engineio":
		h, stats, stop := engineServer(c.o)
		return h, stats, stop, nil
	case "clients":
		h, stats, stop := clientsServer(c.o)
		return h, stats, stop, nil
	case "socketio":
		h, stats, stop := socketServer(c.o)
		return h, stats, stop, nil
	}
	return nil, nil, nil, fmt.Errorf("unknown mode %q", c.mode)
}

// socketServer has the namespaces / and /custom; every other is refused.
func socketServer(o socketio.Options) (http.Handler, http.HandlerFunc, func(context.Context) error) {
	s := socketio.NewServer(o)
	total := new(counter)
	for _, name := range []string{"/", "/custom"} {
		s.Namespace(name).OnConnect(func(s *socketio.Socket) {
			total.add()
			serve(s)
		})
	}
	return s, statsHandler(func() int { return s.Stats().Sockets }, total), s.Close
}

// serve is what the Socket.IO suite expects of a socket.
func serve(s *socketio.Socket) {
	auth := s.Handshake().Auth
	if auth == nil {
		auth = json.RawMessage("{}")
	}
	s.Emit("auth", auth)
	s.On("message", func(_ context.Context, e *socketio.Event) {
		s.Emit("message-back", anys(e.Args)...)
	})
	s.On("message-with-ack", func(_ context.Context, e *socketio.Event) {
		e.Ack(anys(e.Args)...)
	})
}

func anys(args []socketio.Arg) []any {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a
	}
	return all
}
