package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/pkg/mapping"
)

// memory is a LastValues that a test can look into.
type memory struct {
	mu sync.Mutex
	m  map[string]Message
}

func (v *memory) Put(m *Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.m[m.Topic] = *m
}

func (v *memory) Delete(topic string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.m, topic)
}

func (v *memory) Get(topic string) (Message, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m, ok := v.m[topic]
	return m, ok
}

func (v *memory) Match(filter string, fn func(Message) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for topic, m := range v.m {
		if mapping.MatchFilter(filter, topic) && !fn(m) {
			return
		}
	}
}

func newBus(o Options) *Bus {
	o.Values = &memory{m: map[string]Message{}}
	return New(o)
}

func publish(t *testing.T, b *Bus, m Message) Receipt {
	t.Helper()
	if m.Principal == nil {
		m.Principal = access.Anonymous()
	}
	r, err := b.Publish(m)
	if err != nil {
		t.Fatalf("publish %q: %v", m.Topic, err)
	}
	return r
}

func TestPublishRefuses(t *testing.T) {
	b := newBus(Options{MaxPayload: 10})
	reader := &access.Principal{Kind: access.KindToken, ID: "reader", Read: []string{"#"}, Write: []string{"own/#"}}
	for name, c := range map[string]struct {
		m    Message
		code fault.Code
	}{
		"empty topic":    {Message{Principal: access.Anonymous()}, fault.Invalid},
		"wildcard":       {Message{Topic: "a/+", Principal: access.Anonymous()}, fault.Invalid},
		"too large":      {Message{Topic: "a", Payload: make([]byte, 11), Principal: access.Anonymous()}, fault.TooLarge},
		"qos":            {Message{Topic: "a", QoS: 3, Principal: access.Anonymous()}, fault.Invalid},
		"hops":           {Message{Topic: "a", Hops: 9, Principal: access.Anonymous()}, fault.Invalid},
		"nobody":         {Message{Topic: "a"}, fault.Denied},
		"$ topic":        {Message{Topic: "$SYS/a", Principal: access.Anonymous()}, fault.Denied},
		"not its topics": {Message{Topic: "other/a", Principal: reader}, fault.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Publish(c.m)
			if fault.CodeOf(err) != c.code {
				t.Errorf("got %v, want code %s", err, c.code)
			}
		})
	}
	if got := b.Stats().Refused[fault.Denied]; got != 3 {
		t.Errorf("%d denials counted, want 3", got)
	}
	if recent := b.Recent(10); len(recent) != 0 {
		t.Errorf("refused messages are on the bus: %v", recent)
	}
}

func TestOrderIsThatOfTheSequenceForEachTopic(t *testing.T) {
	b := newBus(Options{})
	var mu sync.Mutex
	got := map[string][]uint64{}
	b.Attach("test", func(d *Delivery) {
		mu.Lock()
		defer mu.Unlock()
		got[d.Message.Topic] = append(got[d.Message.Topic], d.Message.Seq)
	})
	var publishers sync.WaitGroup
	for p := range 8 {
		publishers.Go(func() {
			for i := range 500 {
				_, _ = b.Publish(Message{Topic: fmt.Sprint("t/", (p+i)%5), Principal: access.Anonymous()})
			}
		})
	}
	publishers.Wait()
	total := 0
	for topic, seqs := range got {
		total += len(seqs)
		if !slices.IsSorted(seqs) {
			t.Errorf("%s was delivered out of order", topic)
		}
	}
	if total != 4000 {
		t.Errorf("%d messages delivered, want 4000", total)
	}
}

func TestLastValues(t *testing.T) {
	b := newBus(Options{Exclude: []string{"+/+/set"}})
	publish(t, b, Message{Topic: "a", Payload: []byte("1")})
	publish(t, b, Message{Topic: "a", Payload: []byte("2")})
	publish(t, b, Message{Topic: "home/lamp/set", Payload: []byte("on")})
	publish(t, b, Message{Topic: "press", Command: true})
	if m, ok := b.Last("a"); !ok || string(m.Payload) != "2" {
		t.Errorf("last of a: %q %v, want 2", m.Payload, ok)
	}
	for _, topic := range []string{"home/lamp/set", "press"} {
		if m, ok := b.Last(topic); ok {
			t.Errorf("the command on %s was kept: %q", topic, m.Payload)
		}
	}
	publish(t, b, Message{Topic: "a", Retain: true})
	if m, ok := b.Last("a"); ok {
		t.Errorf("an empty retained payload left %q", m.Payload)
	}
}

func TestDerivedMessagesComeBeforeThePublisherIsAnswered(t *testing.T) {
	b := newBus(Options{})
	var topics []string
	b.Attach("rule", func(d *Delivery) {
		topics = append(topics, d.Message.Topic)
		if rest, ok := strings.CutPrefix(d.Message.Topic, "in/"); ok {
			next := *d.Message
			next.Topic = "out/" + rest
			d.Derive(next)
		}
	})
	publish(t, b, Message{Topic: "in/a"})
	if want := []string{"in/a", "out/a"}; !slices.Equal(topics, want) {
		t.Errorf("delivered %v, want %v", topics, want)
	}
}

func TestReceiptWaitsForDurableReceivers(t *testing.T) {
	b := newBus(Options{})
	if publish(t, b, Message{Topic: "a"}).Durable() {
		t.Error("a receipt without durable receivers has something to wait for")
	}
	committed := make(chan error, 1)
	b.Attach("disk", func(d *Delivery) {
		d.Durable(func(ctx context.Context) error {
			select {
			case err := <-committed:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	r := publish(t, b, Message{Topic: "a"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("wait returned %v before the commit", err)
	}
	full := errors.New("disk full")
	committed <- full
	if err := r.Wait(context.Background()); !errors.Is(err, full) {
		t.Errorf("wait returned %v, want the disk's error", err)
	}
}

// A joiner takes what was published before its barrier from the last values and what comes after from the live messages: no
// gap, no duplicate.
func TestBarrierSplitsOldFromNew(t *testing.T) {
	b := newBus(Options{})
	stop := make(chan struct{})
	var publisher sync.WaitGroup
	publisher.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = b.Publish(Message{Topic: fmt.Sprint("t/", i%7), Principal: access.Anonymous()})
			}
		}
	})
	for range 200 {
		var cut uint64
		var detach func()
		live := make(chan uint64, 1024)
		b.Barrier(func(seq uint64) {
			cut = seq
			detach = b.Attach("joiner", func(d *Delivery) {
				select {
				case live <- d.Message.Seq:
				default:
				}
			})
		})
		first := <-live
		detach()
		if first <= cut {
			t.Fatalf("message %d came live after a barrier at %d", first, cut)
		}
		b.Values("#", func(m Message) bool {
			if m.Seq > cut && m.Seq < first {
				t.Errorf("message %d is neither old (<= %d) nor was it live (>= %d)", m.Seq, cut, first)
			}
			return true
		})
	}
	close(stop)
	publisher.Wait()
}

func TestSequenceGoesOnAfterARestart(t *testing.T) {
	clock := func() time.Time { return time.UnixMicro(5_000_000) }
	if seq := newBus(Options{Now: clock}).Seq(); seq != 5_000_000 {
		t.Errorf("a fresh bus starts at %d, want the clock", seq)
	}
	if seq := newBus(Options{Now: clock, LastSeq: 9_000_000}).Seq(); seq <= 9_000_000 {
		t.Errorf("starts at %d, which was handed out before", seq)
	}
}

func TestRecent(t *testing.T) {
	b := newBus(Options{RingSize: 4})
	for i := range 6 {
		publish(t, b, Message{Topic: fmt.Sprint(i), Payload: make([]byte, 5000)})
	}
	var topics []string
	for _, m := range b.Recent(3) {
		topics = append(topics, m.Topic)
		if len(m.Payload) > ringPayload {
			t.Errorf("the ring keeps %d bytes of a payload", len(m.Payload))
		}
	}
	if want := []string{"3", "4", "5"}; !slices.Equal(topics, want) {
		t.Errorf("recent: %v, want %v", topics, want)
	}
}

func BenchmarkPublish(b *testing.B) {
	bus := newBus(Options{Exclude: []string{"+/+/set", "cmnd/#"}})
	p := access.Anonymous()
	payload := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = bus.Publish(Message{Topic: "bench/17", Payload: payload, Principal: p, Origin: Origin{Adapter: FromMQTT}})
	}
}

func TestReceiptTellsWhoHeard(t *testing.T) {
	b := newBus(Options{})
	b.Attach("test", func(d *Delivery) {
		switch d.Message.Topic {
		case "a":
			d.Heard()
			d.Waits("one")
			next := *d.Message
			next.Topic = "b"
			d.Derive(next)
		case "b":
			d.Heard()
			d.Waits("two")
		}
	})
	if r := publish(t, b, Message{Topic: "a"}); r.Heard != 2 || r.Waiting != 2 || r.WaitsFor != "one" {
		t.Errorf("got %+v, want 2 heard, 2 waiting, the first of them one", r)
	}
	if r := publish(t, b, Message{Topic: "c"}); r.Heard != 0 || r.Waiting != 0 || r.WaitsFor != "" {
		t.Errorf("nobody: %+v", r)
	}
}
