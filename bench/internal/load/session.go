package load

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gateway/bench/internal/mqtt"
	"gateway/bench/internal/sio"
)

// stalledBuffer is the kernel's receive buffer, in bytes, of a client that reads nothing: a small one, so that it is
// the server that has to keep what is not read.
const stalledBuffer = 4096

// session is the connections of one run.
type session struct {
	spec    Spec
	target  Target
	sink    *sink
	clients []*sio.Client
	stalled []*sio.Client
	polling []*sio.Polling // instead of clients
	broker  *mqtt.Client   // nil without one
	wg      sync.WaitGroup
	cancel  context.CancelFunc
}

// connectLimit bounds the time until all connections are open.
const connectLimit = 12 * time.Second

// connect opens everything the workload needs. On error it leaves nothing open.
func connect(ctx context.Context, t Target, s Spec) (*session, error) {
	ses := &session{spec: s, target: t, sink: newSink(max(s.Clients, 1), max(s.Topics, 1)), cancel: func() {}}
	if err := ses.open(ctx); err != nil {
		ses.close()
		return nil, err
	}
	return ses, nil
}

func (s *session) open(ctx context.Context) error {
	dial := s.dialAll
	if s.spec.Kind == Polling {
		dial = s.dialPolling
	}
	if err := dial(ctx); err != nil || !s.spec.Kind.UsesBroker() {
		return err
	}
	var err error
	s.broker, err = mqtt.Dial(ctx, s.target.MQTT, "bench-"+string(s.spec.Kind))
	return err
}

// dialAll connects over websocket, and starts to read.
func (s *session) dialAll(ctx context.Context) (err error) {
	if s.clients, err = s.dial(ctx, s.spec.Clients, 0); err != nil {
		return err
	}
	if s.stalled, err = s.dial(ctx, s.spec.Stalled, stalledBuffer); err != nil {
		return err
	}
	return s.read(ctx)
}

// dialPolling connects clients that poll, and starts to.
func (s *session) dialPolling(ctx context.Context) error {
	o := sio.Options{Addr: s.target.HTTP, Path: s.target.Path, Namespace: s.target.Namespace}
	for i := range s.spec.Clients {
		p, err := sio.DialPolling(ctx, i, o)
		if err != nil {
			return err
		}
		s.polling = append(s.polling, p)
	}
	ctx, s.cancel = context.WithCancel(ctx)
	for i, p := range s.polling {
		s.wg.Go(func() {
			_ = p.Run(ctx, s.sink.count) // why it ended is the server's to say
			if ctx.Err() == nil {
				s.sink.lose(i)
			}
		})
	}
	return nil
}

// dial connects n clients, some at a time; in Rooms each subscribes to its topic.
func (s *session) dial(ctx context.Context, n, buffer int) ([]*sio.Client, error) {
	o := sio.Options{Addr: s.target.HTTP, Path: s.target.Path, Namespace: s.target.Namespace, ReadBuffer: buffer}
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	clients := make([]*sio.Client, n)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(32)
	for i := range clients {
		g.Go(func() (err error) {
			if clients[i], err = sio.Dial(ctx, i, o); err != nil || s.spec.Kind != Rooms {
				return err
			}
			return clients[i].Call(ctx, "subscribe", topicName("bench", i))
		})
	}
	return clients, g.Wait()
}

// read starts to read the clients.
func (s *session) read(ctx context.Context) error {
	p, err := sio.NewPoller(s.clients, s.sink.count, s.sink.lose)
	if err != nil {
		return err
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.wg.Go(func() { p.Run(ctx) })
	return nil
}

// sender returns what makes the load.
func (s *session) sender(ctx context.Context) (sender, error) {
	if !s.spec.Kind.emits() {
		return newPublisher(s.broker, s.spec.Topics, s.spec.Size), nil
	}
	if s.broker == nil {
		return newEmitter(s.clients, s.spec.Size), nil
	}
	if err := s.broker.Subscribe(ctx, "up/#", 0); err != nil {
		return nil, err
	}
	s.wg.Go(func() { s.broker.Receive(func(p []byte, at time.Time) { s.sink.count(0, p, at) }) })
	return newEmitter(s.clients, s.spec.Size), nil
}

// cutOff counts the stalled clients that the server has closed.
func (s *session) cutOff(ctx context.Context) int64 {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	var n int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, c := range s.stalled {
		wg.Go(func() {
			if c.CutOff(ctx) {
				mu.Lock()
				n++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return n
}

func (s *session) close() {
	s.cancel()
	if s.broker != nil {
		s.broker.Close()
	}
	s.wg.Wait()
	for _, c := range append(s.clients, s.stalled...) {
		if c != nil {
			c.Close()
		}
	}
	for _, p := range s.polling {
		p.Close()
	}
}
