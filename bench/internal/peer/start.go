package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"gateway/bench/internal/load"
)

// How long a server may take to answer after its start, and to end after SIGTERM.
const (
	startLimit = 15 * time.Second
	stopLimit  = 5 * time.Second
)

// Server is a peer that runs.
type Server struct {
	load.Target
	dir  string
	log  string
	stop context.CancelFunc
	done chan error // closed when the process has ended
}

// Start starts p for one workload, on free loopback ports and in a directory of its own under tmp, and awaits that
// the ports answer. When ctx ends, so does the server.
func Start(ctx context.Context, p Peer, kind load.Kind, tmp string) (*Server, error) {
	s, err := launch(ctx, p, kind, tmp)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name(), err)
	}
	addrs := []string{s.HTTP}
	if kind.UsesBroker() {
		addrs = append(addrs, s.MQTT)
	}
	if err := s.ready(ctx, addrs); err != nil {
		output, _ := os.ReadFile(s.log)
		s.Stop()
		return nil, fmt.Errorf("start %s: %w; it said: %s", p.Name(), err, output)
	}
	return s, nil
}

func launch(ctx context.Context, p Peer, kind load.Kind, tmp string) (*Server, error) {
	dir, err := os.MkdirTemp(tmp, p.Name()+"-")
	if err != nil {
		return nil, err
	}
	a := addresses{dir: dir}
	if a.http, a.mqtt, err = freePair(); err != nil {
		return nil, err
	}
	argv, namespace, err := p.command(kind, a)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, log: filepath.Join(dir, "output.log"), done: make(chan error, 1)}
	s.Target = load.Target{HTTP: a.http, MQTT: a.mqtt, Path: "/socket.io/", Namespace: namespace}
	return s, s.exec(ctx, argv)
}

func (s *Server) exec(ctx context.Context, argv []string) error {
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own descriptor
	ctx, s.stop = context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit // then SIGKILL
	if err := cmd.Start(); err != nil {
		return err
	}
	s.PID = cmd.Process.Pid
	go func() {
		s.done <- cmd.Wait()
		close(s.done)
	}()
	return nil
}

// Stop ends the server with SIGTERM, or SIGKILL if that takes too long, and removes its directory.
func (s *Server) Stop() {
	s.stop()
	for range s.done {
	}
	os.RemoveAll(s.dir)
}

// ready awaits that the addresses take connections.
func (s *Server) ready(ctx context.Context, addrs []string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, addr := range addrs {
		for {
			conn, err := net.DialTimeout("tcp", addr, time.Second)
			if err == nil {
				conn.Close()
				break
			}
			select {
			case err := <-s.done:
				return fmt.Errorf("it ended: %w", errors.Join(errors.New("before it was ready"), err))
			case <-ctx.Done():
				return fmt.Errorf("%s does not answer: %w", addr, ctx.Err())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

// freePair returns two loopback addresses that were free a moment ago.
func freePair() (string, string, error) {
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer a.Close()
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer b.Close()
	return a.Addr().String(), b.Addr().String(), nil
}

// port returns the port of an address that freePair made.
func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}

func goBuild(ctx context.Context, dir, bin, pkg string) error {
	return run(ctx, dir, []string{"CGO_ENABLED=0"}, "go", "build", "-o", bin, pkg)
}

// run runs a command in dir; its output is part of the error.
func run(ctx context.Context, dir string, env []string, argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v in %s: %w: %s", argv, dir, err, out)
	}
	return nil
}
