package image

import (
	"encoding/binary"

	"gateway/internal/fault"
)

// memory is where the ROM may load to: the chip's instruction and data memory.
var memory = [][2]uint32{{0x40100000, 0x40108000}, {0x3FFE8000, 0x40000000}}

// segments walks the segments that the ROM loads, and compares their checksum, which is the last byte of the 16 that they end in.
func segments(data []byte) error {
	if len(data) < headerSize {
		return truncated(len(data))
	}
	count := int(data[1])
	if count == 0 || count > 16 {
		return fault.New(fault.Invalid, "the image's header is damaged (%d segments): get it anew from %s", count, Source)
	}
	at, sum := headerSize, byte(0xEF)
	for n := range count {
		if len(data) < at+8 {
			return truncated(len(data))
		}
		address, size := binary.LittleEndian.Uint32(data[at:]), binary.LittleEndian.Uint32(data[at+4:])
		if at += 8; !loadable(address, size) {
			return fault.New(fault.Invalid, "the image's segment %d (%d bytes to %#x) is not for the ESP8266: get it anew from %s", n+1, size, address, Source)
		}
		if len(data)-at < int(size) {
			return truncated(len(data))
		}
		for _, b := range data[at:][:size] {
			sum ^= b
		}
		at += int(size)
	}
	return checksum(data, at, sum)
}

func loadable(address, size uint32) bool {
	for _, m := range memory {
		if address >= m[0] && address < m[1] && size <= m[1]-address {
			return true
		}
	}
	return false
}

func checksum(data []byte, at int, sum byte) error {
	at |= 15
	if at >= len(data) {
		return truncated(len(data))
	}
	if data[at] != sum {
		return fault.New(fault.Invalid, "the image's first part is damaged (checksum %#02x, should be %#02x): get it anew from %s", data[at], sum, Source)
	}
	return nil
}
