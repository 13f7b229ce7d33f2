package broker

import (
	"encoding/json"
	"strings"
	"time"
)

// dateRecord says when a retained message that expires was published, as messages count: its time of day may be that of a
// clock that was wrong.
type dateRecord struct {
	At    int64 `json:"at"`       // its time of day in nanoseconds, by which it is known from others of its topic
	Since int64 `json:"since_ms"` // as messages count
}

// loadDates reads the records, by the hash of the topic.
func (r *retained) loadDates() map[string]dateRecord {
	dates := map[string]dateRecord{}
	if r.disk == nil {
		return dates
	}
	r.disk.queue.Records(keyDate, func(key string, data []byte) bool {
		var d dateRecord
		if err := json.Unmarshal(data, &d); err != nil {
			r.log.Error("date of a retained message left out", "record", key, "err", err)
			return true
		}
		dates[strings.TrimPrefix(key, keyDate)] = d
		return true
	})
	return dates
}

// date has a stored message expire by what is known of it, and reports false when that is nothing.
func (p *publication) date(dates map[string]dateRecord, c *clock) bool {
	d, ok := dates[hashOf(p.topic)]
	if !ok || d.At != p.at.UnixNano() {
		return false
	}
	p.since = time.Duration(d.Since) * time.Millisecond
	p.expires = max(c.after(p.expiry)-max(c.counted()-p.since, 0), 1)
	return true
}

// keepDate brings the record of a topic up to date; p is nil when there is no retained message any more.
func (r *retained) keepDate(topic string, p *publication) {
	if r.disk == nil {
		return
	}
	defer func() { r.dates.Store(int64(len(r.dated))) }()
	if p != nil && p.expiry > 0 {
		data, _ := json.Marshal(dateRecord{At: p.at.UnixNano(), Since: p.since.Milliseconds()})
		r.disk.change(func(c SessionChange) { c.Put(r.disk.queue, dateKey(topic), data) })
		r.dated[topic] = struct{}{}
		return
	}
	if _, has := r.dated[topic]; has {
		r.disk.change(func(c SessionChange) { c.Delete(r.disk.queue, dateKey(topic)) })
		delete(r.dated, topic)
	}
}

// forgetDates deletes the records of messages that are gone or were replaced.
func (r *retained) forgetDates(dates map[string]dateRecord) {
	if len(dates) == 0 {
		return
	}
	r.disk.change(func(c SessionChange) {
		for hash := range dates {
			c.Delete(r.disk.queue, keyDate+hash)
		}
	})
}

// elapse takes d from the life of what an earlier run has left. Messages are shared with subscribers: they are replaced.
func (r *retained) elapse(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var late []*publication
	r.tree.each(func(p *publication) {
		if p.earlier && p.expires > 0 {
			late = append(late, p)
		}
	})
	for _, p := range late {
		sooner := *p
		sooner.expires = max(p.expires-d, 1)
		r.tree.set(p.topic, &sooner)
	}
}
