package link

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// How a proxy treats what passes.
const (
	pass int32 = iota
	hole       // takes everything and says nothing
	drip       // a byte at a time, slower than the client's patience
)

// proxy is a network between a link and its broker that fails as a test says.
type proxy struct {
	t       *testing.T
	ln      net.Listener
	target  string
	pause   time.Duration // between two bytes of drip
	mode    atomic.Int32
	dialled atomic.Int64

	mu    sync.Mutex
	conns map[*net.TCPConn]struct{}
	group sync.WaitGroup
}

func newProxy(t *testing.T, port string) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, ln: ln, target: "127.0.0.1:" + port, pause: 50 * time.Millisecond, conns: map[*net.TCPConn]struct{}{}}
	if long() {
		p.pause = time.Second
	}
	p.group.Go(p.accept)
	t.Cleanup(func() {
		ln.Close()
		p.mode.Store(pass)
		p.reset()
		p.group.Wait()
	})
	return p
}

func (p *proxy) url() string { return "mqtt://" + p.ln.Addr().String() }

func (p *proxy) accept() {
	for {
		near, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.dialled.Add(1)
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			near.Close()
			continue
		}
		p.track(near.(*net.TCPConn), far.(*net.TCPConn))
		p.group.Go(func() { p.copy(near, far) })
		p.group.Go(func() { p.copy(far, near) })
	}
}

func (p *proxy) track(conns ...*net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
}

// copy moves bytes until one side ends, as the mode of the moment wants.
func (p *proxy) copy(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		some := buf
		if p.mode.Load() == drip {
			some = buf[:1]
			time.Sleep(p.pause)
		}
		n, err := from.Read(some)
		if err != nil {
			return
		}
		if p.mode.Load() == hole {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if _, err := to.Write(some[:n]); err != nil {
			return
		}
	}
}

// reset breaks every connection without a goodbye.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.SetLinger(0)
		c.Close()
	}
	clear(p.conns)
}
