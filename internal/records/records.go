// Package records keeps values as JSON in buckets of records: what a service has of users, tokens or boards outlives it there.
package records

import (
	"encoding/json"
	"fmt"
)

// Store holds buckets of records by key; each is durable when a call returns. *store.Store is one.
type Store interface {
	PutRecord(bucket, key string, data []byte) error
	DeleteRecord(bucket, key string) error
	// EachRecord calls fn for each record of bucket until it returns an error, which EachRecord returns.
	EachRecord(bucket string, fn func(key string, data []byte) error) error
}

// Each decodes every record of a bucket and hands it to fn. One that cannot be read is an error: a gateway that forgot a user, or a
// board's key, would let strangers take its place.
func Each[T any](s Store, bucket string, fn func(key string, v *T)) error {
	err := s.EachRecord(bucket, func(key string, data []byte) error {
		v := new(T)
		if err := json.Unmarshal(data, v); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		fn(key, v)
		return nil
	})
	if err != nil {
		return fmt.Errorf("load %s: %w", bucket, err)
	}
	return nil
}

// Put keeps v under key.
func Put(s Store, bucket, key string, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		err = s.PutRecord(bucket, key, data)
	}
	if err != nil {
		return fmt.Errorf("keep %s %s: %w", bucket, key, err)
	}
	return nil
}

// Delete removes the record under key; absence is no error.
func Delete(s Store, bucket, key string) error {
	if err := s.DeleteRecord(bucket, key); err != nil {
		return fmt.Errorf("remove %s %s: %w", bucket, key, err)
	}
	return nil
}
