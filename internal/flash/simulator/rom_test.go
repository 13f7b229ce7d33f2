//go:build linux

package simulator

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

// bench is a ROM without a line: commands go in, answers come out.
type bench struct {
	*rom
	answers [][]byte
	waited  time.Duration
	baud    int
}

func newBench(t testing.TB, size int, faults ...Fault) *bench {
	t.Helper()
	m, err := openMemory(t.TempDir(), size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.close)
	b := &bench{rom: newROM(m, faults)}
	var in deframer
	b.send = func(data []byte) {
		for _, c := range data {
			if packet := in.next(c); packet != nil {
				b.answers = append(b.answers, packet)
			}
		}
	}
	b.wait = func(d time.Duration) { b.waited += d }
	b.say = func(string, ...any) {}
	b.setBaud = func(baud int) { b.baud = baud }
	return b
}

// ask sends a command and returns the last answer: its value, status and code.
func (b *bench) ask(op byte, sum uint32, data []byte) (value uint32, status, code byte) {
	b.answers = nil
	packet := []byte{0, op, byte(len(data)), byte(len(data) >> 8)}
	packet = append(binary.LittleEndian.AppendUint32(packet, sum), data...)
	for _, c := range frame(packet) {
		b.receive(c)
	}
	if len(b.answers) == 0 {
		return 0, 0xFF, 0xFF
	}
	a := b.answers[len(b.answers)-1]
	if len(a) < 10 {
		return 0, 0xFF, 0xFF
	}
	return binary.LittleEndian.Uint32(a[4:]), a[8], a[9]
}

func (b *bench) sync() *bench {
	b.ask(opSync, 0, append([]byte{7, 7, 0x12, 0x20}, bytes.Repeat([]byte{0x55}, 32)...))
	return b
}

func words(v ...uint32) []byte {
	var out []byte
	for _, w := range v {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

func data(n uint32, body []byte) (sum uint32, packet []byte) {
	check := byte(0xEF)
	for _, c := range body {
		check ^= c
	}
	return uint32(check), append(words(uint32(len(body)), n, 0, 0), body...)
}

// erased are the sectors that hold nothing.
func (b *bench) erased() []int {
	var out []int
	all := b.memory.read(0, b.memory.size())
	for n := range len(all) / sector {
		if !slices.ContainsFunc(all[n*sector:][:sector], func(c byte) bool { return c != 0xFF }) {
			out = append(out, n)
		}
	}
	return out
}

func TestROMSaysNothingBeforeSYNC(t *testing.T) {
	b := newBench(t, 1<<20)
	if b.ask(opReadReg, 0, words(regChip)); len(b.answers) != 0 {
		t.Errorf("%d answers before SYNC", len(b.answers))
	}
	if b.sync(); len(b.answers) != 8 {
		t.Errorf("%d answers to SYNC, the ROM gives 8", len(b.answers))
	}
	if chip, _, _ := b.ask(opReadReg, 0, words(regChip)); chip != 0xFFF0C101 {
		t.Errorf("chip %#x", chip)
	}
}

func TestROMErasesTooMuch(t *testing.T) {
	tests := []struct {
		name          string
		from, sectors int // asked for
		last          int // erased, from from on
	}{
		{"the sectors before the first block count twice", 0, 20, 36},
		{"a few within one block count twice", 4, 2, 4},
		{"from the last sector of a block", 15, 16, 17},
		{"from the middle", 8, 32, 40},
		{"nothing", 3, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, 1<<20).sync()
			_, status, _ := b.ask(opFlashBegin, 0, words(uint32(tt.sectors*sector), 1, 0x400, uint32(tt.from*sector)))
			var want []int
			for n := range tt.last {
				want = append(want, tt.from+n)
			}
			if got := b.erased(); status != 0 || !slices.Equal(got, want) {
				t.Errorf("status %d, erased %v, want %v", status, got, want)
			}
		})
	}
}

func TestWritingClearsBitsOnly(t *testing.T) {
	b := newBench(t, 1<<20).sync()
	b.memory.erase(0, sector)
	b.ask(opFlashBegin, 0, words(0, 1, 4, 0))
	for _, body := range [][]byte{{0xF0, 0xFF, 0x0F, 0x3C}, {0x0F, 0x12, 0xFF, 0xFF}} {
		sum, packet := data(0, body)
		if _, status, code := b.ask(opFlashData, sum, packet); status != 0 {
			t.Fatalf("refused with %#x", code)
		}
	}
	if got, want := b.memory.read(0, 4), []byte{0x00, 0x12, 0x0F, 0x3C}; !bytes.Equal(got, want) {
		t.Errorf("the flash holds %x, want %x", got, want)
	}
}

func TestROMRefuses(t *testing.T) {
	sum, good := data(0, []byte{1, 2, 3, 4})
	_, behind := data(1<<20, []byte{1, 2, 3, 4})
	tests := []struct {
		name string
		op   byte
		sum  uint32
		data []byte
		code byte
	}{
		{"FLASH_BEGIN of later chips, with five words", opFlashBegin, 0, words(0, 1, 4, 0, 0), codeInvalid},
		{"a wrong checksum", opFlashData, sum ^ 1, good, codeChecksum},
		{"a wrong length", opFlashData, sum, good[:len(good)-1], codeChecksum},
		{"data behind the end", opFlashData, sum, behind, codeWrite},
		{"MD5, which only the loader in RAM has", opMD5, 0, words(0, 16, 0, 0), codeInvalid},
		{"a change of speed", opBaud, 0, words(921600, 0), codeInvalid},
		{"compressed data", opDeflateBegin, 0, words(0, 0, 0, 0), codeInvalid},
		{"an unknown command", 0x14, 0, nil, codeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, 1<<20).sync()
			b.ask(opFlashBegin, 0, words(0, 1, 4, 0))
			if _, status, code := b.ask(tt.op, tt.sum, tt.data); status != 1 || code != tt.code {
				t.Errorf("status %d code %#x, want 1 and %#x", status, code, tt.code)
			}
		})
	}
}

func TestEvery97thBlockFails(t *testing.T) {
	b := newBench(t, 1<<20, Block97).sync()
	b.ask(opFlashBegin, 0, words(0, 1, 4, 0))
	var failed []int
	sum, packet := data(0, []byte{0xFF, 0xFF, 0xFF, 0xFF})
	for n := 1; n <= 200; n++ {
		if _, status, _ := b.ask(opFlashData, sum, packet); status != 0 {
			failed = append(failed, n)
		}
	}
	if !slices.Equal(failed, []int{97, 194}) {
		t.Errorf("blocks %v failed", failed)
	}
}

func TestAnotherChipSaysSo(t *testing.T) {
	b := newBench(t, 1<<20, ESP32).sync()
	if chip, _, _ := b.ask(opReadReg, 0, words(regChip)); chip != 0x00F01D83 || len(b.answers[0]) != 12 {
		t.Errorf("chip %#x in %d bytes; the ESP32 answers with four bytes of status", chip, len(b.answers[0]))
	}
}

func TestFlashSaysItsSize(t *testing.T) {
	for size, want := range map[int]uint32{1 << 20: 0x1440EF, 2 << 20: 0x1540EF, 4 << 20: 0x1640EF} {
		b := newBench(t, size).sync()
		b.ask(opWriteReg, 0, words(spiCmd, spiUser, 0xFFFFFFFF, 0))
		if id, _, _ := b.ask(opReadReg, 0, words(spiW0)); id != want {
			t.Errorf("%d bytes: id %#x, want %#x", size, id, want)
		}
	}
}

func TestErasingBehindTheImageEmptiesTheFiles(t *testing.T) {
	b := newBench(t, 4<<20).sync()
	b.memory.put(t, "main.py", "print(1)")
	b.memory.erase(0, filesStart)
	if !b.memory.has("main.py") {
		t.Error("erasing the image took the files along")
	}
	b.memory.erase(filesStart+40*sector, filesStart+41*sector)
	if b.memory.has("main.py") {
		t.Error("the files are still there")
	}
}

func TestLoaderInRAM(t *testing.T) {
	b := newBench(t, 1<<20).sync()
	b.ask(opMemBegin, 0, words(4, 1, 4, 0x4010E000))
	sum, packet := data(0, []byte{1, 2, 3, 4})
	b.ask(opMemData, sum, packet)
	b.ask(opMemEnd, 0, words(0, 0x4010E000))
	if last := b.answers[len(b.answers)-1]; string(last) != "OHAI" {
		t.Fatalf("it says %q", last)
	}
	plain := bytes.Repeat([]byte("micropython"), 1000)
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(plain)
	_ = z.Close()
	b.ask(opDeflateBegin, 0, words(uint32(len(plain)), 2, 32, sector))
	for n, part := range [][]byte{packed.Bytes()[:32], packed.Bytes()[32:]} {
		sum, packet := data(uint32(n), part)
		if _, status, code := b.ask(opDeflateData, sum, packet); status != 0 {
			t.Fatalf("block %d refused with %#x", n, code)
		}
	}
	if got := b.memory.read(sector, len(plain)); !bytes.Equal(got, plain) {
		t.Error("the flash holds something else")
	}
	b.ask(opMD5, 0, words(sector, uint32(len(plain)), 0, 0))
	if want := md5.Sum(plain); !bytes.Equal(b.answers[0][8:24], want[:]) {
		t.Errorf("MD5 %x", b.answers[0][8:])
	}
	if b.ask(opBaud, 0, words(460800, 115200)); b.baud != 460800 {
		t.Errorf("speed %d", b.baud)
	}
	if b.ask(opDeflateEnd, 0, words(1)); b.answers[0][1] != opDeflateEnd || b.boot {
		t.Errorf("answered as %#x, boots: %t", b.answers[0][1], b.boot)
	}
	if b.ask(opRunProgram, 0, nil); !b.boot || len(b.answers) != 0 {
		t.Errorf("boots: %t, after %d answers", b.boot, len(b.answers))
	}
}

// FuzzROM gives it whatever bytes may stand on a line: it answers in whole packets, and takes no longer than erasing all of its
// flash a few times would.
func FuzzROM(f *testing.F) {
	call := frame(append([]byte{0, opSync, 36, 0, 0, 0, 0, 0, 7, 7, 0x12, 0x20}, bytes.Repeat([]byte{0x55}, 32)...))
	seed := func(op byte, data []byte) {
		packet := append([]byte{0, op, byte(len(data)), byte(len(data) >> 8), 0, 0, 0, 0}, data...)
		f.Add(append(slices.Clone(call), frame(packet)...))
	}
	seed(opFlashBegin, words(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFF000))
	seed(opWriteReg, words(spiCmd, spiUser, 0xFFFFFFFF, 0))
	seed(opMemEnd, words(0, 0))
	f.Fuzz(func(t *testing.T, line []byte) {
		b := newBench(t, 64<<10)
		for _, c := range line {
			b.receive(c)
		}
		for _, a := range b.answers {
			if string(a) != "OHAI" && (len(a) < 10 || a[0] != 1 || int(a[2])+int(a[3])<<8 != len(a)-8) {
				t.Errorf("answer %x", a)
			}
		}
		if limit := time.Duration(len(line)+1) * 10 * time.Second; b.waited > limit {
			t.Errorf("it took %v", b.waited)
		}
	})
}
