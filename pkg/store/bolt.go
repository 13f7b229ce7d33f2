package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// schema is the version of everything in the data directory, written to the
// meta bucket. A change of any format raises it and adds a step to migrations.
const schema = 3

const dbName = "gateway.db"

// Names of the top-level buckets and of the keys in the meta bucket.
const (
	bucketMeta     = "meta"
	bucketValues   = "values"   // topic -> record body without topic
	bucketRetained = "retained" // the same
	bucketRecords  = "records"  // bucket name -> key -> data
	bucketQueues   = "queues"   // see rowItem

	keySchema = "schema"
	keyFloor  = "floor"   // first log segment whose records are not all in bbolt
	keyMaxSeq = "max_seq" // highest sequence number at the last checkpoint
	keyTopics = "topics"  // number of last values then; a hint
)

func boltOptions() *bolt.Options {
	return &bolt.Options{
		Timeout:         100 * time.Millisecond,
		NoFreelistSync:  true, // 17 % fewer bytes written; costs a scan at open
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: 32 << 20, // address space, not memory; spares remapping under readers
	}
}

// growth is the step in which the file grows. bbolt's own is 16 MiB.
const growth = 1 << 20

// openWritable opens the database in path, creating it as bbolt does.
func openWritable(path string) (*bolt.DB, error) {
	db, err := bolt.Open(path, 0o600, boltOptions())
	if err != nil {
		return nil, err
	}
	db.AllocSize = growth
	return db, nil
}

// openBolt opens the database of dir, creating it when there is none, and returns
// its schema, which may be an older one.
func openBolt(dir string) (db *bolt.DB, have uint64, err error) {
	path := filepath.Join(dir, dbName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := createBolt(path); err != nil {
			return nil, 0, fmt.Errorf("create %s: %w", path, err)
		}
	}
	err = verifyBolt(path, func(tx *bolt.Tx) (err error) {
		have, err = schemaOf(tx)
		return err
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, 0, &LockedError{Dir: dir}
	}
	if err == nil {
		db, err = openWritable(path)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open %s: %w", path, err)
	}
	return db, have, nil
}

// createBolt writes an empty database under a temporary name first: a power cut
// while bbolt lays out its first pages would leave a file that does not open.
func createBolt(path string) error {
	tmp := path + tmpSuffix
	if err := removeIfThere(tmp); err != nil { // of a first boot that was interrupted
		return err
	}
	db, err := openWritable(tmp)
	if err != nil {
		return err
	}
	err = db.Update(layout)
	if err = errors.Join(err, db.Sync(), db.Close()); err != nil {
		return err
	}
	return install(tmp, path)
}

func layout(tx *bolt.Tx) error {
	for _, name := range []string{bucketMeta, bucketValues, bucketRetained, bucketRecords, bucketQueues} {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return putMeta(tx, keySchema, schema)
}

// schemaOf returns the version of a database, refusing newer ones.
func schemaOf(tx *bolt.Tx) (uint64, error) {
	have := getMeta(tx, keySchema)
	switch {
	case have == 0:
		return 0, fmt.Errorf("no schema version: %w", ErrCorrupt)
	case have > schema:
		return 0, fmt.Errorf("schema %d, this gateway knows up to %d: %w", have, schema, ErrNewerSchema)
	}
	return have, nil
}

func putMeta(tx *bolt.Tx, key string, n uint64) error {
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(key), binary.BigEndian.AppendUint64(nil, n))
}

// getMeta returns 0 for what is not there.
func getMeta(tx *bolt.Tx, key string) uint64 {
	b := tx.Bucket([]byte(bucketMeta))
	if b == nil {
		return 0
	}
	v := b.Get([]byte(key))
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}
