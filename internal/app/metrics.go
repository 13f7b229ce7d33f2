package app

import (
	"gateway/internal/api"
)

// collect gives every figure of /metrics.
func (g *gateway) collect(add func(api.Sample)) {
	count := func(name, help string, n uint64, labels ...string) {
		add(api.Sample{Name: name, Help: help, Labels: labels, Value: float64(n)})
	}
	gauge := func(name, help string, v float64, labels ...string) {
		add(api.Sample{Name: name, Help: help, Labels: labels, Value: v, Gauge: true})
	}
	g.collectBus(count)
	g.collectSocketIO(count, gauge)
	g.collectBroker(count, gauge)
	g.collectLinks(count, gauge)
	g.collectStore(count, gauge)
}

type (
	counting func(name, help string, n uint64, labels ...string)
	gauging  func(name, help string, v float64, labels ...string)
)

func (g *gateway) collectBus(count counting) {
	s := g.bus.Stats()
	for adapter, n := range s.In {
		count("gateway_messages_in_total", "Messages that the bus took, by where they came from.", n, "from", string(adapter))
	}
	count("gateway_payload_bytes_in_total", "Payload bytes that the bus took.", s.Bytes)
	for code, n := range s.Refused {
		count("gateway_messages_refused_total", "Messages that the bus refused, by reason.", n, "reason", string(code))
	}
	for _, r := range g.bridge.Stats() {
		count("gateway_mapping_in_total", "Events that a mapping took from socket.io.", r.In, "mapping", r.Rule)
		count("gateway_mapping_out_total", "Events that a mapping sent on.", r.Out, "mapping", r.Rule)
		count("gateway_mapping_filtered_total", "Messages that a mapping left out, as it says.", r.Filtered, "mapping", r.Rule)
		count("gateway_mapping_dropped_total", "Messages that a mapping lost to an error.", r.Dropped, "mapping", r.Rule)
	}
	count("gateway_late_answers_total", "Answers of devices that came when nobody waited any more.", g.bridge.Late())
	for _, d := range g.drops.Counts() {
		count("gateway_dropped_total", "What was dropped or refused, by place, reason and mapping.", d.N,
			"where", d.Where, "reason", d.Reason, "mapping", d.Rule)
	}
}

func (g *gateway) collectSocketIO(count counting, gauge gauging) {
	s := g.surface.Stats()
	gauge("gateway_socketio_connections", "Open socket.io connections.", float64(s.Connections))
	gauge("gateway_socketio_sockets", "Sockets in namespaces.", float64(s.Sockets))
	gauge("gateway_socketio_namespaces", "Live namespaces.", float64(s.Namespaces))
	gauge("gateway_socketio_queue_bytes", "Bytes that wait to be written to socket.io clients.", float64(s.QueuedBytes))
	count("gateway_socketio_packets_in_total", "Engine.IO messages received.", s.PacketsIn)
	count("gateway_socketio_packets_out_total", "Engine.IO messages sent.", s.PacketsOut)
	count("gateway_socketio_bytes_in_total", "Bytes of those received.", s.BytesIn)
	count("gateway_socketio_bytes_out_total", "Bytes of those sent.", s.BytesOut)
	for reason, n := range s.Disconnects {
		count("gateway_socketio_disconnects_total", "Connections ended, by reason.", n, "reason", string(reason))
	}
	for reason, n := range s.Drops {
		count("gateway_socketio_undelivered_total", "Packets not delivered, by reason.", n, "reason", reason)
	}
}

func (g *gateway) collectBroker(count counting, gauge gauging) {
	s := g.broker.Stats()
	gauge("gateway_mqtt_connections", "MQTT clients connected.", float64(s.Connections))
	gauge("gateway_mqtt_subscriptions", "MQTT subscriptions.", float64(s.Subscriptions))
	gauge("gateway_mqtt_retained", "Retained messages.", float64(s.Retained))
	count("gateway_mqtt_messages_in_total", "MQTT publishes received.", uint64(s.MessagesIn))
	count("gateway_mqtt_messages_out_total", "MQTT publishes sent.", uint64(s.MessagesOut))
	count("gateway_mqtt_dropped_total", "Everything that the broker refused or dropped, connections too; gateway_dropped_total has the reasons.", uint64(s.Dropped))
}

func (g *gateway) collectStore(count counting, gauge gauging) {
	s := g.store.Stats()
	gauge("gateway_state_topics", "Topics with a last value.", float64(s.Topics))
	gauge("gateway_state_bytes", "Memory of last values.", float64(s.Bytes))
	count("gateway_state_evicted_total", "Last values evicted, the longest unused first.", uint64(s.Evicted))
	count("gateway_state_log_bytes_total", "Bytes written to the value log.", uint64(s.LogBytes))
	count("gateway_state_log_syncs_total", "Syncs of the value log.", uint64(s.LogSyncs))
	gauge("gateway_queues", "Durable queues: persistent MQTT sessions and outboxes of links.", float64(s.Queues))
	gauge("gateway_queue_items", "Messages in durable queues.", float64(s.QueueItems))
	gauge("gateway_queue_bytes", "Bytes of those messages.", float64(s.QueueBytes))
	count("gateway_queue_dropped_total", "Messages dropped for the bounds of a durable queue.", s.QueueDropped)
	count("gateway_queue_failures_total", "Commits of durable queues that could not be written: their publishers were refused.", s.QueueFailures)
	count("gateway_state_bolt_bytes_total", "Bytes written to bbolt.", uint64(s.BoltBytes))
	count("gateway_state_bolt_commits_total", "Commits of bbolt.", uint64(s.BoltCommits))
}
