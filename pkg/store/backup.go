package store

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A backup is a tar archive of gateway.db, with all values and queues in it,
// followed by a manifest and, since version 2, a digest of all that. It holds secrets: device keys and password hashes.
const (
	manifestName  = "manifest.json"
	backupVersion = 2
)

// A manifest says what a backup holds. It comes after it, so that a backup cut
// short has none.
type manifest struct {
	Version int       `json:"version"` // of the archive's layout
	Schema  int       `json:"schema"`  // of the database
	Created time.Time `json:"created"`
	Size    int64     `json:"size"`   // bytes of gateway.db
	SHA256  string    `json:"sha256"` // of gateway.db, hex
}

// Snapshot writes a consistent copy of everything to w, as one file for Restore,
// while the store runs. The copy is made beside the database first, so that a
// slow w holds nothing up.
func (s *Store) Snapshot(w io.Writer) error {
	f, err := os.CreateTemp(s.dir, "backup-*"+tmpSuffix)
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := s.copyTo(f); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if err := s.archive(w, f); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// Backup writes a snapshot to the file path, readable by its owner alone. The
// file appears whole or not at all.
func (s *Store) Backup(path string) error {
	tmp := path + tmpSuffix
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = s.Snapshot(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = install(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("backup to %s: %w", path, errors.Join(err, removeIfThere(tmp)))
	}
	return nil
}

// copyTo makes f a database that needs no log.
func (s *Store) copyTo(f *os.File) error {
	rows, seq, topics, err := s.copyBolt(f)
	if err != nil {
		return err
	}
	db, err := openWritable(f.Name())
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return errors.Join(putRows(tx, rows), putMeta(tx, keyMaxSeq, seq), putMeta(tx, keyTopics, uint64(topics)))
	})
	return errors.Join(err, db.Close())
}

// copyBolt copies the database, and returns what it has yet to hear of: no
// checkpoint comes in between.
func (s *Store) copyBolt(w io.Writer) (rows []row, seq uint64, topics int, err error) {
	s.checkpointing.Lock()
	tx, err := s.db.Begin(false)
	if err != nil {
		s.checkpointing.Unlock()
		return nil, 0, 0, closedError(err)
	}
	defer tx.Rollback() //nolint:errcheck // reading only
	stale, seq, topics := s.staleItems()
	queued := s.queues.staleRows()
	s.checkpointing.Unlock()
	for i := range stale {
		rows = append(rows, stale[i].row())
	}
	rows = append(rows, queued...)
	_, err = tx.WriteTo(w)
	return rows, seq, topics, err
}

// staleItems copies what bbolt has yet to hear of.
func (s *Store) staleItems() (items []item, seq uint64, topics int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items = make([]item, 0, s.stale.n)
	for it := s.stale.front; it != nil; it = it.links[listStale].next {
		items = append(items, *it)
	}
	return items, s.maxSeq, s.values.live
}

// archive writes the database in f and its manifest to w.
func (s *Store) archive(w io.Writer, f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	now := s.opt.Now().UTC()
	whole, sum := sha256.New(), sha256.New()
	tw := tar.NewWriter(io.MultiWriter(w, whole))
	if err := addFile(tw, dbName, now, size, io.TeeReader(f, sum)); err != nil {
		return err
	}
	m, err := json.MarshalIndent(manifest{
		Version: s.backupVersion(), Schema: int(s.schema), Created: now, Size: size,
		SHA256: hex.EncodeToString(sum.Sum(nil)),
	}, "", "\t")
	if err != nil {
		return err
	}
	if err := addFile(tw, manifestName, now, int64(len(m)), bytes.NewReader(m)); err != nil {
		return err
	}
	if s.backupVersion() == 1 {
		return tw.Close()
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	tail, err := digestTail(whole.Sum(nil))
	if err != nil {
		return err
	}
	_, err = w.Write(tail)
	return err
}

// backupVersion is that of the gateways that know the schema.
func (s *Store) backupVersion() int {
	if s.schema == 1 {
		return 1
	}
	return backupVersion
}

func addFile(tw *tar.Writer, name string, at time.Time, size int64, r io.Reader) error {
	h := &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: at.Truncate(time.Second), Typeflag: tar.TypeReg}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.CopyN(tw, r, size)
	return err
}
