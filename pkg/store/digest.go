package store

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"
)

// The last file of a backup, with the end of the archive behind it, is always so
// many bytes: a header, the digest of all before it in hex, two empty blocks.
const (
	digestName = "sha256"
	tailSize   = 2048
)

// digestTail is the end of a backup whose other bytes have that digest. It does
// not go through the archive's own writer: it follows from the digest alone, so
// that Restore can compare every byte.
func digestTail(sum []byte) ([]byte, error) {
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	text := hex.EncodeToString(sum)
	if err := addFile(tw, digestName, time.Unix(0, 0), int64(len(text)), bytes.NewReader([]byte(text))); err != nil {
		return nil, err
	}
	err := tw.Close()
	return b.Bytes(), err
}

// A digestReader passes on what it reads and keeps a digest of all but the last
// tailSize bytes, which it keeps as they are.
type digestReader struct {
	r    io.Reader
	sum  hash.Hash
	tail []byte
}

func newDigestReader(r io.Reader) *digestReader {
	return &digestReader{r: r, sum: sha256.New()}
}

func (d *digestReader) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.tail = append(d.tail, p[:n]...)
	if extra := len(d.tail) - tailSize; extra > 0 {
		d.sum.Write(d.tail[:extra]) // a hash never fails
		d.tail = append(d.tail[:0], d.tail[extra:]...)
	}
	return n, err
}

// check reads to the end and returns ErrCorrupt unless the end is that of a
// backup with these bytes.
func (d *digestReader) check() error {
	if _, err := io.Copy(io.Discard, d); err != nil {
		return err
	}
	want, err := digestTail(d.sum.Sum(nil))
	if err != nil {
		return err
	}
	if !bytes.Equal(d.tail, want) {
		return fmt.Errorf("backup does not match its digest: %w", ErrCorrupt)
	}
	return nil
}
