package image

import (
	"bytes"

	"gateway/internal/fault"
)

// magic begins what the chip's ROM loads.
const magic = 0xE9

// kind refuses files that are something else, by how they begin.
func kind(data []byte) error {
	if len(data) == 0 {
		return fault.New(fault.Invalid, "the file is empty: get the image from %s", Source)
	}
	if len(data) > MaxSize {
		return fault.New(fault.TooLarge, "the file has %d KiB; an image for the ESP8266 has under 4096: get it from %s", len(data)/1024, Source)
	}
	others := []struct{ begins, what string }{
		{"\x7fELF", "an ELF file, as compilers make: the image is the .bin beside it"},
		{"PK\x03\x04", "a zip archive: unpack it and take the .bin in it"},
		{"\x1f\x8b", "a gzip archive: unpack it and take the .bin in it"},
		{"UF2\n", "a UF2 file, which is for other boards"},
		{"<", "a web page and not a file: follow the link of the .bin"},
		{"M\x06", "a compiled Python file (.mpy) and not a firmware"},
		{"\xea", "an image that a second loader starts"},
	}
	for _, o := range others {
		if bytes.HasPrefix(data, []byte(o.begins)) {
			return fault.New(fault.Invalid, "this is %s; the right one is at %s", o.what, Source)
		}
	}
	if data[0] != magic {
		return fault.New(fault.Invalid, "this is not an image for the ESP8266 (it begins with %#02x and not with 0xe9): get the .bin from %s", data[0], Source)
	}
	if isESP32(data) {
		return fault.New(fault.Invalid, "this image is for an ESP32; the gateway flashes the ESP8266: get the .bin from %s", Source)
	}
	return nil
}

// isESP32 tells the longer header of the ESP32 and its successors, of 24 bytes: byte 8 says which pin protects the flash (0xEE is
// none), and the last says whether a SHA-256 follows. On the ESP8266 these are an address and the first bytes of a segment.
func isESP32(data []byte) bool {
	return len(data) >= 24 && data[8] == 0xEE && data[23] <= 1
}
