package app

import (
	"gateway/internal/access"
	"gateway/internal/bus"
	"gateway/pkg/store"
)

// values keeps the bus's last values in the store.
type values struct{ store *store.Store }

func (v values) Put(m *bus.Message) {
	v.store.Put(store.Value{
		Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Seq: m.Seq, At: m.At, ContentType: m.ContentType,
	})
}

func (v values) Delete(topic string) { v.store.Delete(topic) }

func (v values) Get(topic string) (bus.Message, bool) {
	value, ok := v.store.Get(topic)
	return messageOf(value), ok
}

func (v values) Match(filter string, fn func(bus.Message) bool) {
	v.store.Match(filter, func(value store.Value) bool { return fn(messageOf(value)) })
}

// messageOf is a stored value as the message it was. Who sent it is not kept.
func messageOf(v store.Value) bus.Message {
	return bus.Message{
		Topic: v.Topic, Payload: v.Payload, QoS: v.QoS, Retain: v.Retain, Seq: v.Seq, At: v.At, ContentType: v.ContentType,
		Principal: access.System(), Origin: bus.Origin{Adapter: bus.FromGateway},
	}
}
