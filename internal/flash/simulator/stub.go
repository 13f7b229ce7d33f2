//go:build linux

package simulator

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"io"
	"time"
)

// Commands that only the loader in RAM knows, which a web flasher uploads first.
const (
	opSPIParams    = 0x0B
	opSPIAttach    = 0x0D
	opBaud         = 0x0F
	opDeflateBegin = 0x10
	opDeflateData  = 0x11
	opDeflateEnd   = 0x12
	opMD5          = 0x13
	opEraseFlash   = 0xD0
	opEraseRegion  = 0xD1
	opRunProgram   = 0xD3 // without an answer
)

// stub is the loader that a host has put into the RAM. What it does is played, whatever was uploaded.
type stub struct {
	*rom
	running bool
	packed  bytes.Buffer
	left    int // blocks of compressed data
}

// load takes the parts of a program for the RAM, and starts it.
func (r *rom) load(op byte, sum uint32, data []byte) {
	if r.faults.Has(ESP32) {
		r.refuse(op, codeFailed)
		return
	}
	if _, ok := payload(sum, data); op == opMemData && !ok {
		r.refuse(op, codeChecksum)
		return
	}
	r.reply(op, 0)
	if op != opMemEnd {
		return
	}
	r.stub = &stub{rom: r, running: true}
	r.wait(60 * time.Millisecond)
	r.send(frame([]byte("OHAI")))
	r.say("stub")
}

// command answers what differs from the ROM; false for the rest.
func (s *stub) command(op byte, sum uint32, data []byte) bool {
	switch op {
	case opFlashBegin:
		s.region(data)
		s.reply(op, 0)
	case opDeflateBegin:
		s.region(data)
		s.packed.Reset()
		s.left = int(word(data, 1))
		s.reply(op, 0)
	case opDeflateData:
		s.deflated(sum, data)
	case opDeflateEnd:
		s.flashEnd(op, word(data, 0) == 0)
	case opMD5:
		digest := md5.Sum(s.memory.read(int(word(data, 0)), int(word(data, 1))))
		s.send(response(op, 0, append(digest[:], 0, 0)))
	case opBaud:
		s.reply(op, 0)
		s.setBaud(int(word(data, 0)))
	case opEraseFlash:
		s.erase(0, s.memory.size())
		s.reply(op, 0)
	case opEraseRegion:
		s.erase(int(word(data, 0)), int(word(data, 0)+word(data, 1)))
		s.reply(op, 0)
	case opRunProgram:
		s.boot = !s.faults.Has(NeverResets)
	case opSPIParams, opSPIAttach:
		s.reply(op, 0)
	default:
		return false
	}
	return true
}

// region begins a region of flash; this loader erases what was asked for.
func (s *stub) region(data []byte) {
	s.offset, s.block = int(word(data, 3)), int(word(data, 2))
	s.say("flash begin %d %d", s.offset, int(word(data, 0)))
	s.erase(s.offset, s.offset+int(word(data, 0)))
}

func (s *stub) erase(from, to int) {
	from, to = from/sector*sector, (to+sector-1)/sector*sector
	s.memory.erase(from, to)
	s.wait(s.memory.erasing(0, (to-from)/block))
}

// deflated gathers what is one stream over all blocks; it is unpacked when the last has come.
func (s *stub) deflated(sum uint32, packet []byte) {
	data, ok := payload(sum, packet)
	s.data++
	if !ok || s.faults.Has(Block97) && s.data%97 == 0 {
		s.refuse(opDeflateData, codeChecksum)
		return
	}
	s.packed.Write(data)
	if s.left--; s.left > 0 {
		s.reply(opDeflateData, 0)
		return
	}
	plain, err := inflate(&s.packed, s.memory.size())
	if err != nil || !s.memory.write(s.offset, plain) {
		s.refuse(opDeflateData, codeWrite)
		return
	}
	s.reply(opDeflateData, 0)
}

func inflate(packed io.Reader, limit int) ([]byte, error) {
	z, err := zlib.NewReader(packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, int64(limit)))
}
