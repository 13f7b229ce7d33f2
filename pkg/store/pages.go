package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// Sizes and flags of bbolt's file format, version 2. Numbers in it have the
// byte order of the machine, which is little-endian on all we run on.
const (
	pageHeader   = 16 // id u64 | flags u16 | count u16 | overflow u32
	pageElement  = 16 // branch: pos u32, ksize u32, page u64; leaf: flags, pos, ksize, vsize u32
	bucketHeader = 16 // root u64 | sequence u64
	minPageSize  = 512
	maxPageSize  = 64 << 10
	metaSize     = 64
	metaMagic    = 0xED0CDAED
	metaVersion  = 2

	flagBranch = 1
	flagLeaf   = 2
	flagBucket = 1 // of a leaf's element: the value is a bucket
)

// A pageWalk visits every page of a bbolt file in use. bbolt trusts its file: a
// reference that a dying card has bent makes it read elsewhere, or in circles for
// ever. This finds such before bbolt does.
type pageWalk struct {
	r     io.ReaderAt
	size  int64 // of a page
	pages uint64
	seen  []bool   // by page
	spare [][]byte // buffers of pages done with
}

// checkPages returns ErrCorrupt for a file of size bytes whose pages do not form
// a tree.
func checkPages(r io.ReaderAt, size int64) error {
	w, root, err := newestMeta(r, size)
	if err != nil {
		return err
	}
	if w.pages > uint64(size/w.size) {
		return fmt.Errorf("file of %d bytes should have %d pages: %w", size, w.pages, ErrCorrupt)
	}
	w.seen = make([]bool, w.pages)
	return w.page(root)
}

// newestMeta reads the two meta pages and follows the newer of those that are
// sound, as bbolt does. The second is a page from the start; how much that is,
// only a meta page can say.
func newestMeta(r io.ReaderAt, size int64) (w *pageWalk, root uint64, err error) {
	newest := uint64(0)
	m := make([]byte, metaSize)
	for at := int64(0); at <= maxPageSize; at = max(minPageSize, 2*at) {
		if _, err := r.ReadAt(m, at+pageHeader); err == io.EOF {
			break
		} else if err != nil {
			return nil, 0, err
		}
		pageSize, txid := int64(binary.LittleEndian.Uint32(m[8:])), binary.LittleEndian.Uint64(m[48:])
		if !soundMeta(m, size) || at > 0 && at != pageSize || w != nil && txid < newest {
			continue
		}
		newest, root = txid, binary.LittleEndian.Uint64(m[16:])
		w = &pageWalk{r: r, size: pageSize, pages: binary.LittleEndian.Uint64(m[40:])}
	}
	if w == nil {
		return nil, 0, fmt.Errorf("no sound meta page: %w", ErrCorrupt)
	}
	return w, root, nil
}

func soundMeta(m []byte, size int64) bool {
	sum := fnv.New64a()
	sum.Write(m[:56])
	pageSize := int64(binary.LittleEndian.Uint32(m[8:]))
	return binary.LittleEndian.Uint32(m) == metaMagic && binary.LittleEndian.Uint32(m[4:]) == metaVersion &&
		binary.LittleEndian.Uint64(m[56:]) == sum.Sum64() && pageSize >= minPageSize && pageSize <= size
}

// page checks the page of that number and all below it.
func (w *pageWalk) page(id uint64) error {
	b, err := w.read(id)
	if err != nil {
		return err
	}
	defer func() { w.spare = append(w.spare, b) }()
	switch flags := binary.LittleEndian.Uint16(b[8:]); {
	case binary.LittleEndian.Uint64(b) != id:
		return fmt.Errorf("page %d says it is another: %w", id, ErrCorrupt)
	case flags == flagBranch:
		err = w.branch(b)
	case flags == flagLeaf:
		err = w.leaf(b, false)
	default:
		err = fmt.Errorf("flags %#x: %w", flags, ErrCorrupt)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// read returns a page with its overflow, which must not be in use elsewhere.
func (w *pageWalk) read(id uint64) ([]byte, error) {
	if id < 2 || id >= w.pages {
		return nil, fmt.Errorf("page %d of %d: %w", id, w.pages, ErrCorrupt)
	}
	b := w.buffer()
	if _, err := w.r.ReadAt(b, int64(id)*w.size); err != nil {
		return nil, err
	}
	n := uint64(binary.LittleEndian.Uint32(b[12:])) + 1
	if n > w.pages-id {
		return nil, fmt.Errorf("page %d has %d pages: %w", id, n, ErrCorrupt)
	}
	for i := id; i < id+n; i++ {
		if w.seen[i] {
			return nil, fmt.Errorf("page %d is in use twice: %w", i, ErrCorrupt)
		}
		w.seen[i] = true
	}
	if n == 1 {
		return b, nil
	}
	b = append(b, make([]byte, int64(n-1)*w.size)...)
	_, err := w.r.ReadAt(b[w.size:], int64(id+1)*w.size)
	return b, err
}

// buffer returns one of the size of a page.
func (w *pageWalk) buffer() []byte {
	last := len(w.spare) - 1
	if last < 0 {
		return make([]byte, w.size)
	}
	b := w.spare[last]
	w.spare = w.spare[:last]
	return b[:w.size]
}

func (w *pageWalk) branch(b []byte) error {
	var last []byte
	count := int(binary.LittleEndian.Uint16(b[10:]))
	if count == 0 {
		return fmt.Errorf("branch without children: %w", ErrCorrupt)
	}
	for i := range count {
		e, at, err := element(b, i)
		if err != nil {
			return err
		}
		if last, _, err = content(b, at, e[0:], e[4:], nil, last); err != nil {
			return err
		}
		if err := w.page(binary.LittleEndian.Uint64(e[8:])); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks a leaf page, or the leaf inside an inline bucket.
func (w *pageWalk) leaf(b []byte, inline bool) error {
	var last, value []byte
	for i := range int(binary.LittleEndian.Uint16(b[10:])) {
		e, at, err := element(b, i)
		if err != nil {
			return err
		}
		if last, value, err = content(b, at, e[4:], e[8:], e[12:], last); err != nil {
			return err
		}
		if binary.LittleEndian.Uint32(e)&flagBucket == 0 {
			continue
		}
		if inline {
			return fmt.Errorf("bucket in an inline bucket: %w", ErrCorrupt)
		}
		if err := w.bucket(value); err != nil {
			return fmt.Errorf("bucket %q: %w", last, err)
		}
	}
	return nil
}

func (w *pageWalk) bucket(b []byte) error {
	if len(b) < bucketHeader {
		return fmt.Errorf("header of %d bytes: %w", len(b), ErrCorrupt)
	}
	if root := binary.LittleEndian.Uint64(b); root != 0 {
		return w.page(root)
	}
	b = b[bucketHeader:]
	if len(b) < pageHeader || binary.LittleEndian.Uint16(b[8:]) != flagLeaf {
		return fmt.Errorf("inline page: %w", ErrCorrupt)
	}
	return w.leaf(b, true)
}

// element returns the i-th element of a page and its offset, from which those in
// it count.
func element(b []byte, i int) (e []byte, at int, err error) {
	at = pageHeader + i*pageElement
	if at+pageElement > len(b) {
		return nil, 0, fmt.Errorf("element %d is outside: %w", i, ErrCorrupt)
	}
	return b[at : at+pageElement], at, nil
}

// content returns the key and the value that the fields of an element at an
// offset point to. Keys ascend from last on.
func content(b []byte, at int, pos, ksize, vsize, last []byte) (key, value []byte, err error) {
	from := uint64(at) + uint64(binary.LittleEndian.Uint32(pos))
	mid := from + uint64(binary.LittleEndian.Uint32(ksize))
	end := mid
	if vsize != nil {
		end += uint64(binary.LittleEndian.Uint32(vsize))
	}
	if end > uint64(len(b)) {
		return nil, nil, fmt.Errorf("key or value is outside: %w", ErrCorrupt)
	}
	key = b[from:mid:mid]
	if last != nil && bytes.Compare(last, key) >= 0 {
		return nil, nil, fmt.Errorf("keys are not in order: %w", ErrCorrupt)
	}
	return key, b[mid:end:end], nil
}
