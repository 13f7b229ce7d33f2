package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
)

// A valueLog is the append-only log, a sequence of numbered segments of which
// the last is written to. Its methods are for one goroutine at a time.
type valueLog struct {
	dir   string
	fault func(string) error

	file   *os.File // nil when the next append must begin a segment
	number uint64   // of the segment written to last
	size   int64    // of file, as far as it is whole
	room   int64    // of file, with the zeroes behind that
	full   bool     // no room is to be had
	sizes  map[uint64]int64
	names  names

	bytes atomic.Int64  // written
	syncs atomic.Uint64 // done
	total atomic.Int64  // bytes in all segments
}

func segmentPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("values-%010d.log", number))
}

// segmentNumbers lists the segments in dir, in order.
func segmentNumbers(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir) // sorted, and numbers have equal widths
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, e := range entries {
		name, isLog := strings.CutSuffix(e.Name(), ".log")
		digits, isValues := strings.CutPrefix(name, "values-")
		if n, err := strconv.ParseUint(digits, 10, 64); isLog && isValues && err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// begin makes the log write to a new, empty segment. When that fails it goes on
// with the one it has.
func (l *valueLog) begin() error {
	number := l.number + 1
	path := segmentPath(l.dir, number)
	f, err := l.create(path, number)
	if err != nil {
		return fmt.Errorf("begin value log segment %d: %w", number, err)
	}
	if l.file != nil {
		l.file.Close() // synced after each append, so there is nothing left to fail
	}
	l.file, l.number, l.size, l.room, l.full = f, number, 0, headerSize, false
	l.names.begin(0)
	l.grow(headerSize)
	return nil
}

// create writes the header under a temporary name, so that a segment that can be
// seen is one that can be read.
func (l *valueLog) create(path string, number uint64) (*os.File, error) {
	if err := l.fault("segment create"); err != nil {
		return nil, err
	}
	tmp := path + tmpSuffix
	f, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(appendHeader(nil, segmentVersion, number))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = l.fault("segment install")
	}
	if err == nil {
		err = install(tmp, path)
	}
	if err == nil {
		f, err = os.OpenFile(path, os.O_RDWR, 0) // so that its errors tell its name
	}
	if err != nil {
		return nil, errors.Join(err, removeIfThere(tmp), removeIfThere(path))
	}
	return f, nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// append writes frames behind the last whole record, or leaves no trace of them.
func (l *valueLog) append(frames []byte) error {
	if l.file == nil {
		return errors.New("append to value log: no segment")
	}
	err := l.fault("log write")
	n := 0
	if err == nil {
		l.reserve(l.size + int64(len(frames)))
		n, err = l.file.WriteAt(frames, l.size)
	}
	if err == nil {
		l.grow(int64(n))
		l.names.keep()
		return nil
	}
	l.names.undo()
	if l.room = l.size; l.file.Truncate(l.size) != nil {
		l.abandon()
	}
	return fmt.Errorf("append to value log: %w", err)
}

// ahead is the step in which a segment takes room: while its size stays the same, a sync need not write that, too.
const ahead = 256 << 10

// reserve takes room for a segment of that size. It may do without: then the file grows with each write.
func (l *valueLog) reserve(size int64) {
	if size <= l.room || l.full {
		return
	}
	to := (size/ahead + 1) * ahead
	if takeRoom(l.file, l.room, to) != nil {
		l.full = true // or the file system knows no such thing; if it matters, the write will say so
		return
	}
	l.room = to
}

// sync makes what was appended durable. When it fails, the kernel may have
// dropped the pages and will not say so again, so the segment is not used further.
func (l *valueLog) sync() error {
	err := l.fault("log sync")
	if err == nil {
		err = syncData(l.file)
	}
	if err != nil {
		l.abandon()
		return fmt.Errorf("sync value log: %w", err)
	}
	l.syncs.Add(1)
	return nil
}

// abandon leaves the segment to readers; the next flush begins another.
func (l *valueLog) abandon() {
	l.file.Close() // its content has been given up already
	l.file = nil
}

// grow counts n bytes written to the present segment.
func (l *valueLog) grow(n int64) {
	l.size += n
	l.sizes[l.number] = l.size
	l.bytes.Add(n)
	l.total.Add(n)
}

// count corrects the bytes of a segment.
func (l *valueLog) count(number uint64, size int64) {
	l.total.Add(size - l.sizes[number])
	l.sizes[number] = size
}

// removeBelow removes the segments that a checkpoint has made superfluous.
func (l *valueLog) removeBelow(floor uint64) error {
	removed := false
	for number, size := range l.sizes {
		if number >= floor {
			continue
		}
		if err := removeIfThere(segmentPath(l.dir, number)); err != nil {
			return fmt.Errorf("remove value log segment: %w", err)
		}
		delete(l.sizes, number)
		l.total.Add(-size)
		removed = true
	}
	if !removed {
		return nil
	}
	return syncDir(l.dir)
}

func (l *valueLog) close() error {
	if l.file == nil {
		return nil
	}
	var err error
	if l.room > l.size {
		err = l.file.Truncate(l.size) // for the eye: it is of no use any more
	}
	err = errors.Join(err, l.file.Close())
	l.file = nil
	return err
}
