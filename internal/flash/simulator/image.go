//go:build linux

package simulator

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"math/rand/v2"
)

// Version is of the MicroPython that the board runs.
const Version = "1.27.0"

// head is how long the first part of MicroPython's image is: what the ROM loads. The code that runs out of the flash follows.
const head = 0x9000

// Image is a MicroPython for the board, in the layout of the real one and as large: segments that the ROM loads, padding, the length
// at 0x8FFC, code, and an MD5 over all but the first four bytes. Its code is random bytes, always the same ones; the board then runs
// the WebAssembly build.
func Image() []byte { return ImageOf(620 << 10) }

// ImageOf is one with about size bytes of code, for tests in a hurry.
func ImageOf(size int) []byte {
	random := rand.NewChaCha8([32]byte{8, 2, 6, 6})
	first := segments(random)
	data := append(first, bytes.Repeat([]byte{0xFF}, head-4-len(first))...)
	code := make([]byte, size)
	_, _ = random.Read(code)
	copy(code[512:], "MicroPython v"+Version+" on 2025-12-09\x00ESP module with ESP8266\x00asyncio/core.py\x00")
	data = binary.LittleEndian.AppendUint32(data, uint32(head+size))
	data = append(data, code...)
	sum := md5.Sum(data[4:])
	return append(data, sum[:]...)
}

// segments are two, for the chip's two memories, and end with their checksum.
func segments(random *rand.ChaCha8) []byte {
	data := []byte{0xE9, 2, 0, 0x00}
	data = binary.LittleEndian.AppendUint32(data, 0x40100004)
	sum := byte(0xEF)
	data = segment(data, &sum, random, 0x40100000, 0x6000)
	data = segment(data, &sum, random, 0x3FFE8000, 0x800)
	data = append(data, make([]byte, 15-len(data)%16)...)
	return append(data, sum)
}

func segment(data []byte, sum *byte, random *rand.ChaCha8, address uint32, size int) []byte {
	data = binary.LittleEndian.AppendUint32(data, address)
	data = binary.LittleEndian.AppendUint32(data, uint32(size))
	body := make([]byte, size)
	_, _ = random.Read(body)
	for _, b := range body {
		*sum ^= b
	}
	return append(data, body...)
}

// bootable tells whether the flash holds an image that starts: its MD5 is right.
func (m *memory) bootable() bool {
	first := m.read(0, head)
	if len(first) < head || first[0] != 0xE9 {
		return false
	}
	length := int(binary.LittleEndian.Uint32(first[head-4:]))
	data := m.read(0, length+md5.Size)
	if len(data) != length+md5.Size || length < head {
		return false
	}
	sum := md5.Sum(data[4:length])
	return bytes.Equal(sum[:], data[length:])
}

// told is how large the image's header says that the flash is, in bytes. MicroPython goes by it.
func (m *memory) told() int {
	sizes := map[byte]int{0: 512 << 10, 1: 256 << 10, 2: 1 << 20, 3: 2 << 20, 4: 4 << 20, 8: 8 << 20, 9: 16 << 20}
	return sizes[m.read(3, 1)[0]>>4]
}
