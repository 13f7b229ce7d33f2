// Package image knows what a MicroPython image for the ESP8266 looks like, so that anything else is refused before a byte of flash
// is erased.
//
// Such an image is what the chip's ROM loads (a header and segments), padding up to 36 KiB whose last four bytes are a length L, the
// code that runs from flash up to L, and an MD5 over bytes 4 to L. The first four bytes hold settings of the flash, which flashing
// may change.
package image

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"gateway/internal/fault"
)

// Source is where images come from.
const Source = "https://micropython.org/download/ESP8266_GENERIC/"

// MaxSize bounds an image in bytes: the chip's largest common flash.
const MaxSize = 4 << 20

// Image is what is known of an image that is good.
type Image struct {
	Version string `json:"version"` // of MicroPython: "1.27.0", "1.28.0-preview.12"
	Board   string `json:"board"`   // "ESP8266_GENERIC"; "" is another board with this chip
	Size    int    `json:"size"`    // bytes
	SHA256  string `json:"sha256"`  // hex
}

// The places in an image, in bytes.
const (
	headerSize = 8
	bootSize   = 0x9000       // header, segments and padding
	lengthAt   = bootSize - 4 // where L is
)

// Check tells what an image is. Whatever is not MicroPython with asyncio for the ESP8266, whole and unchanged, is refused with a
// [fault.Error] whose sentence says what to do.
func Check(data []byte) (Image, error) {
	if err := kind(data); err != nil {
		return Image{}, err
	}
	if err := segments(data); err != nil {
		return Image{}, err
	}
	if err := whole(data); err != nil {
		return Image{}, err
	}
	version, board, err := micropython(data)
	if err != nil {
		return Image{}, err
	}
	sum := sha256.Sum256(data)
	return Image{Version: version, Board: board, Size: len(data), SHA256: hex.EncodeToString(sum[:])}, nil
}

// Fits tells whether the image and a file system have room in a flash of so many bytes. The error is a sentence. 0, a flash that
// does not tell its size, may do.
func (i Image) Fits(flashSize int) error {
	const least = 2 << 20 // what an image with asyncio is built for
	if flashSize > 0 && flashSize < max(least, i.Size) {
		return fault.New(fault.TooLarge, "this board has %d KiB of flash; MicroPython with asyncio needs 2 MiB: use another board", flashSize/1024)
	}
	return nil
}

// whole compares the image with the length and the MD5 in it.
func whole(data []byte) error {
	if len(data) < bootSize {
		return truncated(len(data))
	}
	length := binary.LittleEndian.Uint32(data[lengthAt:])
	if length < bootSize || length > MaxSize {
		return fault.New(fault.Invalid, "this runs on an ESP8266, but it is not MicroPython for it: get the .bin from %s", Source)
	}
	end := int(length)
	if len(data) < end+md5.Size {
		return truncated(len(data))
	}
	if md5.Sum(data[4:end]) != [md5.Size]byte(data[end:]) {
		return fault.New(fault.Invalid, "the image was damaged on its way: its checksum is wrong; get it anew from %s", Source)
	}
	return nil
}

func truncated(size int) error {
	return fault.New(fault.Invalid, "the image ends too early, after %d KiB: the download was cut off; get it anew from %s", size/1024, Source)
}
