package broker

import (
	"context"
	"strconv"
	"time"
)

const statusInterval = 10 * time.Second

// publishStatus keeps the $SYS topics that MQTT tools look for. They go straight to MQTT subscribers: on the bus they would
// only fill the traffic view.
func (b *Broker) publishStatus(ctx context.Context) {
	started := time.Now()
	tick := time.NewTicker(statusInterval)
	defer tick.Stop()
	for {
		b.publishStatusOnce(started)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (b *Broker) publishStatusOnce(started time.Time) {
	s := b.Stats()
	topics := []*publication{}
	for _, t := range []struct{ topic, value string }{
		{"version", "gateway"},
		{"uptime", strconv.Itoa(int(time.Since(started).Seconds())) + " seconds"},
		{"clients/connected", strconv.Itoa(s.Connections)},
		{"clients/total", strconv.Itoa(s.Sessions)},
		{"subscriptions/count", strconv.Itoa(s.Subscriptions)},
		{"retained messages/count", strconv.Itoa(s.Retained)},
		{"messages/received", strconv.FormatUint(s.MessagesIn, 10)},
		{"messages/sent", strconv.FormatUint(s.MessagesOut, 10)},
		{"publish/messages/dropped", strconv.FormatUint(s.Dropped, 10)},
		{"bytes/received", strconv.FormatUint(s.BytesIn, 10)},
		{"bytes/sent", strconv.FormatUint(s.BytesOut, 10)},
	} {
		topics = append(topics, &publication{topic: "$SYS/broker/" + t.topic, payload: []byte(t.value), retain: true, at: time.Now()})
	}
	b.bus.Barrier(func(uint64) { // as if the bus had handed them out
		for _, p := range topics {
			b.retain(p)
			r := round{b: b, p: p}
			r.distribute(b.routes.match(nil, p.topic))
		}
	})
}
