package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// migrations returns the steps that lead to the current schema: step i turns
// schema i+1 into i+2. The value log is not their business: readers know every
// version of it, and the next checkpoint rewrites what they read.
func migrations() []func(*bolt.Tx) error {
	return []func(*bolt.Tx) error{addQueues, packLog}
}

// addQueues leads to schema 2, which has durable queues.
func addQueues(tx *bolt.Tx) error {
	_, err := tx.CreateBucketIfNotExists([]byte(bucketQueues))
	return err
}

// packLog leads to schema 3, whose log has opItems: nothing that bbolt would know of.
func packLog(*bolt.Tx) error { return nil }

// migrate runs the steps from version have on, and records the version reached.
func migrate(tx *bolt.Tx, have uint64, steps []func(*bolt.Tx) error) error {
	for v := have; v <= uint64(len(steps)); v++ {
		if err := steps[v-1](tx); err != nil {
			return fmt.Errorf("migrate schema %d to %d: %w", v, v+1, err)
		}
	}
	return putMeta(tx, keySchema, uint64(len(steps))+1)
}
