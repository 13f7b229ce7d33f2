package store

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// PutRecord stores data under key in bucket, and returns once it is synced.
// Buckets come into being with their first record. Concurrent writers share a
// commit.
func (s *Store) PutRecord(bucket, key string, data []byte) error {
	return s.Update(func(tx *Tx) error { return tx.Put(bucket, key, data) })
}

// DeleteRecord removes key from bucket, durably; absence is no error.
func (s *Store) DeleteRecord(bucket, key string) error {
	return s.Update(func(tx *Tx) error { return tx.Delete(bucket, key) })
}

// GetRecord returns a copy of what is stored under key in bucket, and whether
// anything is.
func (s *Store) GetRecord(bucket, key string) (data []byte, found bool, err error) {
	err = s.View(func(tx *Tx) error {
		data, found = tx.Get(bucket, key)
		return nil
	})
	return data, found, err
}

// eachBatch is how many records EachRecord reads in one transaction.
const eachBatch = 256

// EachRecord calls fn for each record of bucket, in the byte order of keys, until
// fn returns an error, which it returns. data is a copy. fn runs outside of any
// transaction and may write to the store; what is written ahead of it is seen.
// Use View for a consistent picture.
func (s *Store) EachRecord(bucket string, fn func(key string, data []byte) error) error {
	type record struct {
		key  string
		data []byte
	}
	for from := ""; ; {
		var batch []record
		err := s.View(func(tx *Tx) error {
			tx.Scan(bucket, from, func(key string, data []byte) bool {
				batch = append(batch, record{key, append([]byte{}, data...)})
				return len(batch) < eachBatch
			})
			return nil
		})
		if err != nil {
			return err
		}
		for _, r := range batch {
			if err := fn(r.key, r.data); err != nil {
				return err
			}
		}
		if len(batch) < eachBatch {
			return nil
		}
		from = batch[len(batch)-1].key + "\x00" // the next possible key
	}
}

// Update runs fn in a transaction that sees and changes records, all or nothing,
// and returns once it is synced. fn may run more than once and must do nothing
// but use tx; an error from it undoes its changes and is returned.
func (s *Store) Update(fn func(*Tx) error) error {
	err := s.commits.update(func(tx *bolt.Tx) error { return fn(&Tx{tx}) })
	return closedError(err)
}

// View runs fn on a consistent picture of the records. fn must not write to the
// store and should be quick: the database cannot reuse space meanwhile.
func (s *Store) View(fn func(*Tx) error) error {
	return closedError(s.db.View(func(tx *bolt.Tx) error { return fn(&Tx{tx}) }))
}

func closedError(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// A Tx reads, and in Update writes, records. It is good until its function
// returns, and for one goroutine.
type Tx struct{ tx *bolt.Tx }

// Put stores data, which it does not keep, under key in bucket.
func (t *Tx) Put(bucket, key string, data []byte) error {
	if !validKey(bucket) || !validKey(key) {
		return fmt.Errorf("put record in %q under a key of %d bytes: %w", bucket, len(key), ErrInvalid)
	}
	b, err := t.root().CreateBucketIfNotExists([]byte(bucket))
	if err != nil {
		return fmt.Errorf("record bucket %q: %w", bucket, err)
	}
	if err := b.Put([]byte(key), append([]byte{}, data...)); err != nil {
		return fmt.Errorf("put record %s/%s: %w", bucket, key, err)
	}
	return nil
}

// Get returns a copy of what is stored under key in bucket, and whether
// anything is.
func (t *Tx) Get(bucket, key string) ([]byte, bool) {
	b := t.root().Bucket([]byte(bucket))
	if b == nil {
		return nil, false
	}
	data := b.Get([]byte(key))
	if data == nil {
		return nil, false
	}
	return append([]byte{}, data...), true
}

// Delete removes key from bucket; absence is no error.
func (t *Tx) Delete(bucket, key string) error {
	b := t.root().Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	if err := b.Delete([]byte(key)); err != nil {
		return fmt.Errorf("delete record %s/%s: %w", bucket, key, err)
	}
	return nil
}

// Scan calls fn for the records of bucket whose key is from or after it, in byte
// order, until fn returns false. data is good until fn returns.
func (t *Tx) Scan(bucket, from string, fn func(key string, data []byte) bool) {
	b := t.root().Bucket([]byte(bucket))
	if b == nil {
		return
	}
	c := b.Cursor()
	for k, v := c.Seek([]byte(from)); k != nil; k, v = c.Next() {
		if !fn(string(k), v) {
			return
		}
	}
}

// DeleteBucket removes bucket with all its records; absence is no error.
func (t *Tx) DeleteBucket(bucket string) error {
	err := t.root().DeleteBucket([]byte(bucket))
	if err != nil && !errors.Is(err, bolterrors.ErrBucketNotFound) {
		return fmt.Errorf("delete record bucket %q: %w", bucket, err)
	}
	return nil
}

func (t *Tx) root() *bolt.Bucket { return t.tx.Bucket([]byte(bucketRecords)) }
