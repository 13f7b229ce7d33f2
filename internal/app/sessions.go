package app

import (
	"context"

	"gateway/internal/broker"
	"gateway/pkg/store"
)

// queuePrefix keeps the broker's queues apart from those of links.
const queuePrefix = "mqtt/"

// sessions keeps the broker's persistent sessions in the store.
type sessions struct{ store *store.Store }

func (s sessions) Names(prefix string) ([]string, error) {
	names, err := s.store.Queues(queuePrefix + prefix)
	for i := range names {
		names[i] = names[i][len(queuePrefix):]
	}
	return names, err
}

// Open does not bound the queue: what a session may hold is the broker's business.
func (s sessions) Open(name string) (broker.SessionQueue, error) {
	q, err := s.store.Queue(queuePrefix+name, store.QueueOptions{})
	if err != nil {
		return nil, err
	}
	return sessionQueue{q}, nil
}

func (s sessions) Delete(name string) error { return s.store.DeleteQueue(queuePrefix + name) }

func (s sessions) Change() broker.SessionChange { return sessionChange{s.store.Batch()} }

type sessionQueue struct{ *store.Queue }

func (q sessionQueue) Next(after uint64, limit int) ([]broker.SessionItem, error) {
	items, err := q.Queue.Next(after, limit)
	out := make([]broker.SessionItem, len(items))
	for i, item := range items {
		out[i] = broker.SessionItem{ID: item.ID, Data: item.Data}
	}
	return out, err
}

type sessionChange struct{ batch *store.Batch }

func queueOf(q broker.SessionQueue) *store.Queue { return q.(sessionQueue).Queue }

func (c sessionChange) Append(q broker.SessionQueue, data []byte) { c.batch.Append(queueOf(q), data) }

func (c sessionChange) Remove(q broker.SessionQueue, id uint64) { c.batch.Remove(queueOf(q), id) }

func (c sessionChange) Put(q broker.SessionQueue, key string, data []byte) {
	c.batch.Put(queueOf(q), key, data)
}

func (c sessionChange) Delete(q broker.SessionQueue, key string) { c.batch.Delete(queueOf(q), key) }

func (c sessionChange) Commit() (func(context.Context) error, error) {
	commit, err := c.batch.Commit()
	return commit.Wait, err
}

func (c sessionChange) IDs() []uint64 { return c.batch.IDs() }
