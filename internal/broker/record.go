package broker

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"gateway/internal/access"
	"gateway/internal/bus"
)

// recordFormat is the version of the records below.
const recordFormat = 1

// sessionRecord is what is kept of a session besides its messages and subscriptions.
type sessionRecord struct {
	Format    int              `json:"format"`
	Principal access.Principal `json:"principal"`
	Version   byte             `json:"version"`
	Gateway   bool             `json:"gateway,omitempty"`
	MaxSize   int              `json:"max_size,omitempty"`
	Since     time.Time        `json:"since"`
	Expiry    uint32           `json:"expiry_s"`
	Online    bool             `json:"online,omitempty"`
	Offline   int64            `json:"offline_age_ms,omitempty"` // the broker's age when it went offline
	WillDue   int64            `json:"will_due_age_ms,omitempty"`
	Sent      uint64           `json:"sent,omitempty"` // items up to here may have been sent
}

// saveLocked writes the record of the session, and the will.
func (s *session) saveLocked() {
	if s.disk == nil || s.ended {
		return
	}
	who := s.who.Load()
	record, err := json.Marshal(sessionRecord{
		Format: recordFormat, Principal: *who.principal, Version: who.version, Gateway: who.gateway, MaxSize: who.maxSize,
		Since: s.since, Expiry: s.expiry, Online: s.conn != nil, Offline: s.offline.Milliseconds(),
		WillDue: s.willDue.Milliseconds(), Sent: s.sent,
	})
	if err != nil {
		s.b.log.Error("mqtt session was not stored", "client", s.id, "err", err)
		return
	}
	s.disk.change(func(c SessionChange) {
		c.Put(s.disk.queue, keySession, record)
		s.saveWill(c)
	})
}

func (s *session) saveWill(c SessionChange) {
	if s.will == nil {
		c.Delete(s.disk.queue, keyWill)
		return
	}
	if data, err := json.Marshal(s.will.record()); err == nil { // there is nothing in it that could not be
		c.Put(s.disk.queue, keyWill, data)
	}
}

func (r *sessionRecord) identity() *identity {
	return newIdentity(&r.Principal, r.Version, r.Gateway, r.MaxSize)
}

// filterRecord is a subscription.
type filterRecord struct {
	Filter  string `json:"filter"`
	QoS     byte   `json:"qos"`
	NoLocal bool   `json:"no_local,omitempty"`
	Retain  bool   `json:"retain_as_published,omitempty"`
	ID      int    `json:"id,omitempty"`
}

func (s *subscription) record() []byte {
	data, _ := json.Marshal(filterRecord{s.filter, s.qos, s.noLocal, s.retain, s.id})
	return data
}

func (r *filterRecord) subscription(s *session) *subscription {
	return subscriptionOf(s, packets.Subscription{
		Filter: r.Filter, Qos: r.QoS, NoLocal: r.NoLocal, RetainAsPublished: r.Retain, Identifier: r.ID,
	})
}

// willRecord is a will.
type willRecord struct {
	Principal     access.Principal `json:"principal"`
	Delay         int64            `json:"delay_s,omitempty"`
	Topic         string           `json:"topic"`
	Payload       []byte           `json:"payload,omitempty"`
	QoS           byte             `json:"qos,omitempty"`
	Retain        bool             `json:"retain,omitempty"`
	Hops          int              `json:"hops,omitempty"`
	ContentType   string           `json:"content_type,omitempty"`
	Props         []bus.Prop       `json:"props,omitempty"`
	ResponseTopic string           `json:"response_topic,omitempty"`
	Correlation   []byte           `json:"correlation,omitempty"`
	Expiry        uint32           `json:"expiry_s,omitempty"`
	UTF8          bool             `json:"utf8,omitempty"`
}

func (w *will) record() willRecord {
	m := &w.message
	return willRecord{
		Principal: *m.Principal, Delay: int64(w.delay / time.Second), Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain,
		Hops: m.Hops, ContentType: m.ContentType, Props: m.Props, ResponseTopic: m.ResponseTopic, Correlation: m.Correlation,
		Expiry: m.Expiry, UTF8: m.UTF8,
	}
}

func (r *willRecord) will(client string) *will {
	return &will{client: client, delay: time.Duration(r.Delay) * time.Second, message: bus.Message{
		Topic: r.Topic, Payload: r.Payload, QoS: r.QoS, Retain: r.Retain, Hops: r.Hops, ContentType: r.ContentType, Props: r.Props,
		ResponseTopic: r.ResponseTopic, Correlation: r.Correlation, Expiry: r.Expiry, UTF8: r.UTF8,
		Principal: &r.Principal, Origin: bus.Origin{Adapter: bus.FromMQTT, Conn: client},
	}}
}

// decodeSession reads a session's record.
func decodeSession(data []byte) (*sessionRecord, error) {
	var r sessionRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, err
	}
	if r.Format != recordFormat {
		return nil, fmt.Errorf("record of version %d: this program knows %d", r.Format, recordFormat)
	}
	return &r, nil
}
