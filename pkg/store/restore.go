package store

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// maxManifest bounds the manifest, in bytes.
const maxManifest = 64 << 10

// Restore replaces the state in dir by a snapshot. No gateway may have dir open
// (ErrLocked). The snapshot is read and checked whole before anything is
// replaced: an error means that dir has what it had. A snapshot that is cut
// short or damaged is ErrCorrupt, one of a newer gateway ErrNewerSchema.
func Restore(dir string, r io.Reader) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := restore(dir, r); err != nil {
		return fmt.Errorf("restore into %s: %w", dir, err)
	}
	return nil
}

func restore(dir string, r io.Reader) error {
	tmp := filepath.Join(dir, "restore"+tmpSuffix)
	defer os.Remove(tmp)
	if err := unpack(r, tmp); err != nil {
		return err
	}
	numbers, err := segmentNumbers(dir)
	if err != nil {
		return err
	}
	var floor uint64 = 1
	for _, n := range numbers {
		floor = max(floor, n+1)
	}
	if err := prepare(tmp, floor); err != nil {
		return err
	}
	// One rename replaces it all: with the new floor, the old segments are void.
	if err := install(tmp, filepath.Join(dir, dbName)); err != nil {
		return err
	}
	for _, n := range numbers {
		if err := removeIfThere(segmentPath(dir, n)); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// unpack writes the database of a snapshot to path, and checks it against the
// manifest.
func unpack(r io.Reader, path string) error {
	whole := newDigestReader(r)
	tr := tar.NewReader(whole)
	if err := nextFile(tr, dbName); err != nil {
		return err
	}
	sum := sha256.New()
	size, err := writeFile(path, io.TeeReader(tr, sum))
	if err != nil {
		return cutShort(err)
	}
	if err := nextFile(tr, manifestName); err != nil {
		return err
	}
	var m manifest
	if err := json.NewDecoder(io.LimitReader(tr, maxManifest)).Decode(&m); err != nil {
		return fmt.Errorf("backup manifest: %w: %w", err, ErrCorrupt)
	}
	if m.Version > backupVersion {
		return fmt.Errorf("backup version %d, this gateway knows up to %d: %w", m.Version, backupVersion, ErrNewerSchema)
	}
	if m.Size != size || m.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
		return fmt.Errorf("backup does not match its checksum: %w", ErrCorrupt)
	}
	if m.Version == 1 {
		return noMore(tr)
	}
	if err := nextFile(tr, digestName); err != nil {
		return err
	}
	return whole.check()
}

// noMore wants the end of a backup of version 1, which has no digest.
func noMore(tr *tar.Reader) error {
	if _, err := tr.Next(); err != io.EOF {
		return fmt.Errorf("backup has more files than its version: %w", errors.Join(err, ErrCorrupt))
	}
	return nil
}

// nextFile advances to the next file, which must be of that name.
func nextFile(tr *tar.Reader, name string) error {
	h, err := tr.Next()
	if err != nil {
		return cutShort(err)
	}
	if h.Name != name || h.Typeflag != tar.TypeReg {
		return fmt.Errorf("not a backup of a gateway: %q where %q should be: %w", h.Name, name, ErrCorrupt)
	}
	return nil
}

// cutShort tells the errors that a bad archive leads to from those of the disk.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
		return fmt.Errorf("backup is cut short or damaged (%w): %w", err, ErrCorrupt)
	}
	return err
}

// writeFile writes all of r to a new, synced file and returns its size.
func writeFile(path string, r io.Reader) (int64, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}

// prepare checks the database in path, brings it up to date, and makes it take
// its place in a log whose next segment is floor.
func prepare(path string, floor uint64) error {
	var have uint64
	err := verifyBolt(path, func(tx *bolt.Tx) (err error) {
		have, err = schemaOf(tx)
		return err
	})
	if err != nil {
		return err
	}
	db, err := openWritable(path)
	if err != nil {
		return err
	}
	err = upgradeBolt(db, have)
	if err == nil {
		err = db.Update(func(tx *bolt.Tx) error { return putMeta(tx, keyFloor, floor) })
	}
	if err == nil {
		err = db.View(checkBolt)
	}
	return errors.Join(err, db.Close())
}
