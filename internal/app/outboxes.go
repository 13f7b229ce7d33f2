package app

import (
	"context"
	"errors"

	"gateway/internal/link"
	"gateway/pkg/store"
)

// outboxPrefix keeps the queues of links apart from those of the broker.
const outboxPrefix = "link/"

// outboxes keeps the links' outboxes in the store.
type outboxes struct{ store *store.Store }

func (o outboxes) Open(name string, bounds link.Outbox, dropped func(n int, reason string)) (link.Queue, error) {
	options := store.QueueOptions{
		MaxMessages: bounds.MaxMessages, MaxBytes: bounds.MaxBytes, MaxAge: bounds.MaxAge, OnDrop: dropped,
	}
	if bounds.Full == link.FullRefuse {
		options.Full = store.Refuse
	}
	q, err := o.store.Queue(outboxPrefix+name, options)
	if err != nil {
		return nil, err
	}
	return outboxQueue{q}, nil
}

type outboxQueue struct{ *store.Queue }

func (q outboxQueue) Append(data []byte) (id uint64, wait func(context.Context) error, err error) {
	id, commit, err := q.Queue.Append(data)
	if errors.Is(err, store.ErrFull) {
		err = errors.Join(link.ErrFull, err)
	}
	return id, commit.Wait, err
}

func (q outboxQueue) Next(after uint64, limit int) ([]link.QueueItem, error) {
	items, err := q.Queue.Next(after, limit)
	out := make([]link.QueueItem, len(items))
	for i, item := range items {
		out[i] = link.QueueItem{ID: item.ID, Data: item.Data, Age: item.Age}
	}
	return out, err
}

func (q outboxQueue) Remove(id uint64) { q.Queue.Remove(id) }

// orphans names the outboxes of links that are no longer configured, with the number of messages in each. Empty ones are
// deleted.
func (o outboxes) orphans(configured func(name string) bool) (map[string]int, error) {
	names, err := o.store.Queues(outboxPrefix)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, queue := range names {
		name := queue[len(outboxPrefix):]
		if configured(name) {
			continue
		}
		q, err := o.store.Queue(queue, store.QueueOptions{})
		if err != nil {
			return nil, err
		}
		if n := q.Len(); n > 0 {
			left[name] = n
		} else if err := o.store.DeleteQueue(queue); err != nil {
			return nil, err
		}
	}
	return left, nil
}
