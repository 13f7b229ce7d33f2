package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A segment of the value log is a header and frames:
//
//	header: magic 8 bytes | version u32 | number u64 | crc u32
//	frame:  body length u32 | crc u32 | body
//
// all little-endian. Checksums are CRC-32C; a frame's covers the number of the
// segment, the length and the body, so that neither zeroes nor a block left over
// from another segment pass for a record.
//
// Version 2 has frames with opItems, and zeroes behind the last frame: room that was taken ahead.
const (
	segmentMagic   = "GWVALUES"
	segmentVersion = 2
	headerSize     = 24
	frameSize      = 8
)

func appendHeader(b []byte, version uint32, number uint64) []byte {
	at := len(b)
	b = append(b, segmentMagic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint64(b, number)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli()))
}

// castagnoli returns the CRC-32C table; crc32 makes it once.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// appendFrame appends what body, which appends a body, appends, as a frame.
func appendFrame(b []byte, number uint64, body func([]byte) []byte) []byte {
	at := len(b)
	b = body(append(b, make([]byte, frameSize)...))
	n := b[at : at+4]
	binary.LittleEndian.PutUint32(n, uint32(len(b)-at-frameSize))
	binary.LittleEndian.PutUint32(b[at+4:], frameSum(number, n, b[at+frameSize:]))
	return b
}

func frameSum(number uint64, length, body []byte) uint32 {
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], number)
	sum := crc32.Update(0, castagnoli(), seed[:])
	sum = crc32.Update(sum, castagnoli(), length)
	return crc32.Update(sum, castagnoli(), body)
}

// readHeader reads a segment's header and returns its version and number. The error is
// ErrNewerSchema for a version we do not know, ErrCorrupt for anything else that
// is not a header.
func readHeader(r io.Reader) (version uint32, number uint64, err error) {
	h := make([]byte, headerSize)
	if _, err := io.ReadFull(r, h); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, 0, fmt.Errorf("segment header cut short: %w", ErrCorrupt)
	} else if err != nil {
		return 0, 0, err
	}
	if !bytes.HasPrefix(h, []byte(segmentMagic)) {
		return 0, 0, fmt.Errorf("not a value log segment: %w", ErrCorrupt)
	}
	// Before the checksum: a newer version may have another header.
	if version = binary.LittleEndian.Uint32(h[8:]); version > segmentVersion {
		return 0, 0, fmt.Errorf("value log version %d, this gateway knows up to %d: %w", version, segmentVersion, ErrNewerSchema)
	}
	if crc32.Checksum(h[:20], castagnoli()) != binary.LittleEndian.Uint32(h[20:]) {
		return 0, 0, fmt.Errorf("segment header checksum: %w", ErrCorrupt)
	}
	return version, binary.LittleEndian.Uint64(h[12:]), nil
}

// A segmentEnd is how far a segment could be read.
type segmentEnd struct {
	version uint32
	good    int64 // offset behind the last whole frame
	names   int   // topics that have a number
}

// readSegment calls fn for each record of segment number, of size bytes. What follows the last whole frame was being written when the
// power went, or is damaged: that is no error, as long as the header is sound. fn must not keep the record's slices.
func readSegment(r io.Reader, number uint64, size int64, fn func(record)) (end segmentEnd, err error) {
	br := bufio.NewReaderSize(r, 64<<10)
	version, says, err := readHeader(br)
	if err != nil {
		return segmentEnd{}, err
	}
	if says != number {
		return segmentEnd{}, fmt.Errorf("segment %d says it is number %d: %w", number, says, ErrCorrupt)
	}
	end = segmentEnd{version: version, good: headerSize}
	var buf []byte
	var items itemDecoder
	for {
		buf, err = readFrame(br, number, size-end.good, buf)
		if errors.Is(err, ErrCorrupt) {
			return end, nil
		} else if err != nil {
			return end, err
		}
		if !items.each(buf, version, fn) {
			return end, nil
		}
		end.good += frameSize + int64(len(buf))
		end.names = len(items.topics)
	}
}

// torn is how many bytes of a file of that size are no frames: those up to the last that is not zero. Zeroes are room ahead.
func (e segmentEnd) torn(r io.ReaderAt, size int64) (int64, error) {
	if e.version < 2 {
		return size - e.good, nil
	}
	buf := make([]byte, 64<<10)
	for end := size; end > e.good; {
		at := max(end-int64(len(buf)), e.good)
		b := buf[:end-at]
		if _, err := r.ReadAt(b, at); err != nil {
			return 0, err
		}
		if n := len(bytes.TrimRight(b, "\x00")); n > 0 {
			return at + int64(n) - e.good, nil
		}
		end = at
	}
	return 0, nil
}

// readFrame reads a frame from the remaining bytes of a segment and returns its
// body, in buf if that is large enough. ErrCorrupt stands for the end, too.
func readFrame(r io.Reader, number uint64, remaining int64, buf []byte) ([]byte, error) {
	var h [frameSize]byte
	if err := readFull(r, h[:]); err != nil {
		return buf, err
	}
	n := int64(binary.LittleEndian.Uint32(h[:]))
	if n == 0 || n > remaining-frameSize {
		return buf, ErrCorrupt
	}
	if int64(cap(buf)) < n {
		buf = make([]byte, n+n/4)
	}
	buf = buf[:n]
	if err := readFull(r, buf); err != nil {
		return buf, err
	}
	if frameSum(number, h[:4], buf) != binary.LittleEndian.Uint32(h[4:]) {
		return buf, ErrCorrupt
	}
	return buf, nil
}

// readFull fills b; a premature end is ErrCorrupt.
func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCorrupt
	}
	return err
}
