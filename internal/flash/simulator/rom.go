//go:build linux

package simulator

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Commands of the ROM's protocol.
const (
	opFlashBegin = 0x02
	opFlashData  = 0x03
	opFlashEnd   = 0x04
	opMemBegin   = 0x05
	opMemEnd     = 0x06
	opMemData    = 0x07
	opSync       = 0x08
	opWriteReg   = 0x09
	opReadReg    = 0x0A
)

// What the ROM says when it refuses a command.
const (
	codeInvalid  = 0x05
	codeFailed   = 0x06
	codeChecksum = 0x07
	codeWrite    = 0x08
)

// Registers.
const (
	regChip = 0x40001000
	spiCmd  = 0x60000200
	spiW0   = 0x60000240
	spiUser = 1 << 18 // in spiCmd: run the command that was laid out
)

// MAC is the address that the factory burnt into the board, as it is written.
const MAC = "68:c6:3a:0b:21:4a"

// rom is the boot loader in the chip's ROM, from a reset on.
type rom struct {
	memory  *memory
	faults  Faults
	send    func([]byte)        // frames, to the host
	wait    func(time.Duration) // as long as the flash takes
	say     func(string, ...any)
	setBaud func(int)
	regs    map[uint32]uint32
	in      deframer
	offset  int // of the region that is written
	block   int
	data    int // blocks that came, for the fault
	synced  bool
	boot    bool // the host wants the program to start
	stub    *stub
}

func newROM(m *memory, faults Faults) *rom {
	chip := uint32(0xFFF0C101)
	if faults.Has(ESP32) {
		chip = 0x00F01D83
	}
	return &rom{memory: m, faults: faults, regs: map[uint32]uint32{
		regChip:    chip,
		0x3FF00050: 0x4A000000, 0x3FF00054: 0x0000_0B21, 0x3FF00058: 0x00009000, 0x3FF0005C: 0x0068C63A,
		0x60000014: 451, // the divider that the autobaud found, for whoever asks for the crystal
	}}
}

// receive takes one byte from the line.
func (r *rom) receive(b byte) {
	packet := r.in.next(b)
	if len(packet) < 8 || packet[0] != 0 || int(binary.LittleEndian.Uint16(packet[2:])) != len(packet)-8 {
		return
	}
	op, sum, data := packet[1], binary.LittleEndian.Uint32(packet[4:]), packet[8:]
	if op == opSync {
		r.sync()
		return
	}
	if !r.synced {
		return
	}
	if r.stub != nil && r.stub.running && r.stub.command(op, sum, data) {
		return
	}
	r.command(op, sum, data)
}

func (r *rom) sync() {
	if r.faults.Has(NeverSync) {
		return
	}
	if !r.synced {
		r.synced = true
		r.say("rom sync")
		r.noise()
	}
	value := uint32(0x20120707)
	if r.stub != nil && r.stub.running {
		value = 0
	}
	for range 8 {
		r.reply(opSync, value)
	}
}

func (r *rom) command(op byte, sum uint32, data []byte) {
	switch op {
	case opReadReg:
		r.reply(op, r.regs[word(data, 0)])
	case opWriteReg:
		r.writeReg(word(data, 0), word(data, 1), word(data, 2))
		r.reply(op, 0)
	case opFlashBegin:
		r.flashBegin(data)
	case opFlashData:
		r.flashData(sum, data)
	case opFlashEnd:
		r.flashEnd(op, word(data, 0) == 0)
	case opMemBegin, opMemData, opMemEnd:
		r.load(op, sum, data)
	default:
		r.refuse(op, codeInvalid)
	}
}

func (r *rom) writeReg(address, value, mask uint32) {
	r.regs[address] = r.regs[address]&^mask | value&mask
	if address == spiCmd && value&spiUser != 0 {
		r.regs[spiCmd] = 0
		r.regs[spiW0] = r.jedec()
	}
}

// jedec is what the flash says it is: maker, kind, and 2^n bytes.
func (r *rom) jedec() uint32 {
	capacity := uint32(0)
	for n := r.memory.size(); n > 1; n >>= 1 {
		capacity++
	}
	return capacity<<16 | 0x40EF
}

// flashBegin erases, and more than it was asked for: the sectors before the first whole block of 64 KiB are counted twice.
func (r *rom) flashBegin(data []byte) {
	if len(data) != 16 { // the chips that came later send a fifth word
		r.refuse(opFlashBegin, codeInvalid)
		return
	}
	first, sectors := int(word(data, 3))/sector, (int(word(data, 0))+sector-1)/sector
	r.block, r.offset = int(word(data, 2)), int(word(data, 3))
	head := min(block/sector-first%(block/sector), sectors)
	r.say("flash begin %d %d", r.offset, int(word(data, 1))*r.block)
	r.memory.erase(first*sector, (first+head+sectors)*sector)
	blocks, rest := sectors/(block/sector), sectors%(block/sector)
	r.wait(r.memory.erasing(head+rest, blocks))
	r.reply(opFlashBegin, 0)
}

func (r *rom) flashData(sum uint32, packet []byte) {
	data, ok := payload(sum, packet)
	r.data++
	if !ok || r.faults.Has(Block97) && r.data%97 == 0 {
		r.refuse(opFlashData, codeChecksum)
		return
	}
	if !r.memory.write(r.offset+int(word(packet, 1))*r.block, data) {
		r.refuse(opFlashData, codeWrite)
		return
	}
	r.wait(time.Duration((len(data)+page-1)/page) * pageTime)
	r.reply(opFlashData, 0)
}

func (r *rom) flashEnd(op byte, boot bool) {
	r.say("flash end")
	r.reply(op, 0)
	r.boot = boot && !r.faults.Has(NeverResets)
}

// payload takes the data out of a packet that carries some, and checks it: length, sequence number, two words of nothing, data.
func payload(sum uint32, packet []byte) ([]byte, bool) {
	if len(packet) < 16 || int(word(packet, 0)) != len(packet)-16 {
		return nil, false
	}
	check := byte(0xEF)
	for _, b := range packet[16:] {
		check ^= b
	}
	return packet[16:], uint32(check) == sum
}

func (r *rom) reply(op byte, value uint32) { r.send(r.answer(op, value, 0, 0)) }
func (r *rom) refuse(op byte, code byte)   { r.send(r.answer(op, 0, 1, code)) }

func (r *rom) answer(op byte, value uint32, status, code byte) []byte {
	body := []byte{status, code}
	if r.faults.Has(ESP32) {
		body = append(body, 0, 0) // its ROM has two more
	}
	return response(op, value, body)
}

func response(op byte, value uint32, body []byte) []byte {
	packet := []byte{1, op, 0, 0, 0, 0, 0, 0}
	binary.LittleEndian.PutUint16(packet[2:], uint16(len(body)))
	binary.LittleEndian.PutUint32(packet[4:], value)
	return frame(append(packet, body...))
}

// word is the nth little-endian word of data, 0 behind its end.
func word(data []byte, n int) uint32 {
	if len(data) < 4*n+4 {
		return 0
	}
	return binary.LittleEndian.Uint32(data[4*n:])
}

// noise is what stands on the line before the first answer.
func (r *rom) noise() {
	if !r.faults.Has(Noise) {
		return
	}
	junk := []byte{0xC0, 0x01, 0x08, 0x7F, 0xDB, 0x00, 0xC0, 0xC0, 0xFF}
	for i := range 200 {
		junk = append(junk, byte(i*37+i>>3))
	}
	r.send(junk)
	r.send([]byte(fmt.Sprintf("\xC0%s\xC0", "\x01\x0A\x02\x00")))
}
