package image

import "bytes"

// ForFlash returns the image with the size of the board's flash, in bytes, in its header: MicroPython makes its file system that
// large. Sizes that the header has no number for, and 0, leave it as it is. The MD5 does not cover these bytes.
func ForFlash(data []byte, flashSize int) []byte {
	codes := map[int]byte{256 << 10: 1, 512 << 10: 0, 1 << 20: 2, 2 << 20: 3, 4 << 20: 4, 8 << 20: 8, 16 << 20: 9}
	code, ok := codes[flashSize]
	if !ok || len(data) < headerSize || data[0] != magic {
		return data
	}
	out := bytes.Clone(data)
	out[3] = out[3]&0x0F | code<<4
	return out
}
