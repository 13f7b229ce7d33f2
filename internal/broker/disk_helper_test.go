package broker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gateway/internal/bus"
	"gateway/pkg/store"
)

// diskStore is a SessionStore on the real store, the way internal/app has it.
type diskStore struct{ *store.Store }

func (s diskStore) Names(prefix string) ([]string, error) { return s.Queues(prefix) }

func (s diskStore) Open(name string) (SessionQueue, error) {
	q, err := s.Queue(name, store.QueueOptions{})
	return diskQueue{q}, err
}

func (s diskStore) Delete(name string) error { return s.DeleteQueue(name) }

func (s diskStore) Change() SessionChange { return diskChange{s.Batch()} }

type diskQueue struct{ *store.Queue }

func (q diskQueue) Next(after uint64, limit int) (out []SessionItem, err error) {
	items, err := q.Queue.Next(after, limit)
	for _, item := range items {
		out = append(out, SessionItem{ID: item.ID, Data: item.Data})
	}
	return out, err
}

type diskChange struct{ *store.Batch }

func (c diskChange) Append(q SessionQueue, data []byte) { c.Batch.Append(q.(diskQueue).Queue, data) }
func (c diskChange) Remove(q SessionQueue, id uint64)   { c.Batch.Remove(q.(diskQueue).Queue, id) }
func (c diskChange) Put(q SessionQueue, key string, data []byte) {
	c.Batch.Put(q.(diskQueue).Queue, key, data)
}
func (c diskChange) Delete(q SessionQueue, key string) { c.Batch.Delete(q.(diskQueue).Queue, key) }
func (c diskChange) Commit() (func(context.Context) error, error) {
	commit, err := c.Batch.Commit()
	return commit.Wait, err
}

// onDisk opens a store that ends with the test, and returns what makes a broker use it.
func onDisk(t *testing.T) func(*Options) {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return func(o *Options) { o.Sessions = diskStore{s} }
}

// moodyStore is a store whose commits a test can hold up, or let fail.
type moodyStore struct {
	SessionStore
	held atomic.Pointer[chan struct{}] // closed to go on
	full atomic.Bool
}

var errDiskFull = errors.New("no space left on the disk")

func (s *moodyStore) hold() (release func()) {
	c := make(chan struct{})
	s.held.Store(&c)
	return func() {
		s.held.Store(nil)
		close(c)
	}
}

func (s *moodyStore) Change() SessionChange { return &moodyChange{s.SessionStore.Change(), s} }

type moodyChange struct {
	SessionChange
	s *moodyStore
}

func (c *moodyChange) Commit() (func(context.Context) error, error) {
	if c.s.full.Load() {
		return func(context.Context) error { return errDiskFull }, nil
	}
	held := c.s.held.Load()
	wait, err := c.SessionChange.Commit()
	if held == nil || err != nil {
		return wait, err
	}
	return func(ctx context.Context) error {
		select {
		case <-*held:
			return wait(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
	}, nil
}

func (c *moodyChange) IDs() []uint64 {
	ids := c.SessionChange.IDs()
	return ids
}

// childDir is the environment variable that makes this test binary a broker on the data directory it names.
const childDir = "BROKER_TEST_DIR"

// childLink is the environment variable that gives such a broker's bus another durable receiver: "stalls" for one whose disk
// never answers, anything else for one that writes what it gets into the file named link.
const (
	childLink  = "BROKER_TEST_LINK"
	linkStalls = "stalls"
	linkWrites = "writes"
)

func linkOf(dir string, stalls bool) bus.Receiver {
	return func(d *bus.Delivery) {
		if stalls {
			d.Durable(func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			})
			return
		}
		line := d.Message.Topic + "=" + string(d.Message.Payload) + "\n"
		f, err := os.OpenFile(filepath.Join(dir, "link"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(line)
			err = errors.Join(err, f.Close())
		}
		d.Durable(func(context.Context) error { return err })
	}
}

// serveChild is a broker in a process of its own, which prints its address, stops in good order on SIGTERM, and does not
// outlive its parent.
func serveChild(dir string) error {
	s, err := store.Open(dir, store.Options{FlushInterval: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	b, err := New(Options{Listen: "127.0.0.1:0", Authenticate: authenticate, Sessions: diskStore{s}}, bus.New(bus.Options{Instance: "here"}))
	if err != nil {
		return err
	}
	if err := b.Start(); err != nil {
		return err
	}
	if how := os.Getenv(childLink); how != "" {
		b.bus.Attach("link", linkOf(dir, how == linkStalls))
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop <- syscall.SIGKILL
	}()
	fmt.Println(b.Addrs()[ListenerTCP])
	<-stop
	return errors.Join(b.Close(context.Background()), s.Close())
}

// process is a broker that can be killed.
type process struct {
	t    *testing.T
	dir  string
	addr string
	link string // of childLink
	cmd  *exec.Cmd
}

func startProcess(t *testing.T) *process {
	t.Helper()
	return startLinked(t, "")
}

func startLinked(t *testing.T, link string) *process {
	t.Helper()
	p := &process{t: t, dir: t.TempDir(), link: link}
	p.run()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

func (p *process) run() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), childDir+"="+p.dir, childLink+"="+p.link)
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { stdin.Close() })
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.t.Fatalf("the broker did not start: %v", err)
	}
	p.addr = strings.TrimSpace(line)
}

func (p *process) end(how syscall.Signal) {
	_ = p.cmd.Process.Signal(how)
	_ = p.cmd.Wait()
}

// restart ends the broker by a signal and starts it on the same directory.
func (p *process) restart(how syscall.Signal) {
	p.t.Helper()
	p.end(how)
	p.run()
}

// connect opens a persistent session.
func (p *process) connect(version byte, id string) (*client, bool) {
	p.t.Helper()
	c, ack := connectOver(p.t, dial(p.t, p.addr), version, id, persistent)
	if ack.ReasonCode != 0 {
		p.t.Fatalf("CONNACK %#x", ack.ReasonCode)
	}
	return c, ack.SessionPresent
}

// leave says DISCONNECT and waits until the broker has taken note.
func (c *client) leave() {
	c.t.Helper()
	c.send(disconnect())
	c.expectEnd()
}
