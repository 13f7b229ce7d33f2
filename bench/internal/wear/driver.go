package wear

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"gateway/bench/internal/mqtt"
)

const (
	payloadSize = 100
	tick        = 100 * time.Millisecond
)

// driver makes a load: one client publishes, and one with a session that lasts takes the commands.
type driver struct {
	load     Load
	sender   *mqtt.Client
	keeper   *mqtt.Client
	began    time.Time
	updates  int64
	commands int
	answered atomic.Int64
}

func newDriver(ctx context.Context, addr string, l Load) (d *driver, err error) {
	d = &driver{load: l}
	if d.sender, err = mqtt.Dial(ctx, addr, "board"); err != nil {
		return nil, err
	}
	if d.keeper, err = mqtt.DialSession(ctx, addr, "plug"); err != nil {
		d.sender.Close()
		return nil, err
	}
	if err := d.keeper.Subscribe(ctx, "cmnd/plug/#", 1); err != nil {
		d.sender.Close()
		d.keeper.Close()
		return nil, err
	}
	return d, nil
}

// run makes the load until ctx ends, which is no error.
func (d *driver) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, d.sender.Close)()
	defer context.AfterFunc(ctx, d.keeper.Close)()
	go d.sender.Receive(func([]byte, time.Time) {}) // acknowledgements
	go d.keeper.Receive(func(publish []byte, _ time.Time) {
		if d.keeper.Write(mqtt.AppendPuback(nil, publish)) == nil {
			d.answered.Add(1)
		}
	})
	d.began = time.Now()
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if err := d.send(time.Since(d.began)); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// send sends what is due.
func (d *driver) send(passed time.Duration) error {
	var b []byte
	for due := int64(passed.Seconds() * float64(d.load.Rate)); d.updates < due; d.updates++ {
		n := d.updates % int64(d.load.Topics)
		b = mqtt.AppendPublish(b, fmt.Sprintf("home/room%02d/sensor%d", n/10, n%10), d.payload())
	}
	// the first one after half of the time between two
	for due := int(passed.Hours()*float64(d.load.Commands) + 0.5); d.commands < due; d.commands++ {
		b = mqtt.AppendPublishQoS1(b, "cmnd/plug/POWER", uint16(d.commands+1), d.payload())
	}
	if len(b) == 0 {
		return nil
	}
	return d.sender.Write(b)
}

// payload is one that no other is like.
func (d *driver) payload() []byte {
	return fmt.Appendf(nil, `{"value":%-*d}`, payloadSize-len(`{"value":}`), d.updates)
}
