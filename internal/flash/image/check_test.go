package image

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"gateway/internal/fault"
)

const banner = "MicroPython v1.27.0 on 2025-12-09; ESP module with ESP8266\x00"

// recipe is what a test's image is built from, as MicroPython's build does it.
type recipe struct {
	segments [][2]uint32 // address and size of each
	code     string      // in what runs from flash
}

func usual() recipe {
	return recipe{segments: [][2]uint32{{0x40100000, 31000}, {0x3FFE8000, 900}}, code: banner + "asyncio/core.py\x00"}
}

func (r recipe) build() []byte {
	img := []byte{magic, byte(len(r.segments)), 2, 0x40, 0x04, 0x00, 0x10, 0x40}
	sum := byte(0xEF)
	for _, s := range r.segments {
		img = binary.LittleEndian.AppendUint32(img, s[0])
		img = binary.LittleEndian.AppendUint32(img, s[1])
		for i := range s[1] {
			img = append(img, byte(i*7))
			sum ^= byte(i * 7)
		}
	}
	for len(img)%16 != 15 {
		img = append(img, 0)
	}
	img = append(img, sum)
	img = append(img, bytes.Repeat([]byte{0xFF}, lengthAt-len(img))...)
	code := append([]byte(r.code), bytes.Repeat([]byte{0x5A}, 5000)...)
	img = binary.LittleEndian.AppendUint32(img, uint32(bootSize+len(code)))
	img = append(img, code...)
	end := md5.Sum(img[4:])
	return append(img, end[:]...)
}

func TestGoodImages(t *testing.T) {
	for name, c := range map[string]struct {
		recipe  recipe
		version string
		board   string
	}{
		"release":       {usual(), "1.27.0", "ESP8266_GENERIC"},
		"preview":       {recipe{usual().segments, strings.Replace(banner, "0 on", "0-preview.12.gabcdef0 on", 1) + "asyncio/core.py"}, "1.27.0-preview.12.gabcdef0", "ESP8266_GENERIC"},
		"another board": {recipe{usual().segments, strings.Replace(banner, "ESP module", "Nibble", 1) + "asyncio/core.py"}, "1.27.0", ""},
	} {
		data := c.recipe.build()
		got, err := Check(data)
		sum := sha256.Sum256(data)
		if want := (Image{c.version, c.board, len(data), hex.EncodeToString(sum[:])}); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	whole := usual().build()
	changed := func(at int, b byte) []byte {
		d := bytes.Clone(whole)
		d[at] ^= b
		return d
	}
	esp32 := append([]byte{magic, 4, 2, 0x20, 0, 0, 8, 0x40, 0xEE, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 4096)...)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":              {nil, "is empty"},
		"text":                 {[]byte("hello"), "not an image for the ESP8266"},
		"a web page":           {[]byte("<!doctype html>"), "a web page"},
		"a zip":                {[]byte("PK\x03\x04..."), "unpack it"},
		"an ELF":               {[]byte("\x7fELF...."), "the .bin beside it"},
		"a script, compiled":   {[]byte("M\x06\x00\x1f"), ".mpy"},
		"far too large":        {make([]byte, MaxSize+1), "4096"},
		"an ESP32's":           {esp32, "for an ESP32"},
		"a header only":        {whole[:8], "ends too early"},
		"half a segment":       {whole[:3000], "ends too early"},
		"the ROM's part only":  {whole[:bootSize], "ends too early"},
		"all but a few bytes":  {whole[:len(whole)-3], "ends too early"},
		"no segments":          {changed(1, whole[1]), "header is damaged"},
		"a bit in a segment":   {changed(5000, 1), "first part is damaged"},
		"a bit in the code":    {changed(bootSize+300, 1), "checksum is wrong"},
		"a bit in the MD5":     {changed(len(whole)-1, 1), "checksum is wrong"},
		"a segment elsewhere":  {recipe{[][2]uint32{{0x20000000, 16}}, usual().code}.build(), "segment 1"},
		"a segment too large":  {recipe{[][2]uint32{{0x3FFFFFF0, 32}}, usual().code}.build(), "segment 1"},
		"another firmware":     {changed(lengthAt+3, 0x40), "not MicroPython"},
		"no MicroPython in it": {recipe{usual().segments, "blinky"}.build(), "no MicroPython"},
		"without asyncio":      {recipe{usual().segments, banner}.build(), "without asyncio"},
	} {
		_, err := Check(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not say %q", name, err, c.want)
			continue
		}
		if code := fault.CodeOf(err); code != fault.Invalid && code != fault.TooLarge {
			t.Errorf("%s: code %s", name, code)
		}
	}
}

func TestFlashSettingsMayDiffer(t *testing.T) {
	whole := usual().build()
	for size, want := range map[int]byte{512 << 10: 0x00, 1 << 20: 0x20, 2 << 20: 0x30, 4 << 20: 0x40, 16 << 20: 0x90, 0: 0x40, 123: 0x40} {
		out := ForFlash(whole, size)
		if out[3] != want {
			t.Errorf("%d bytes: byte 3 is %#x, want %#x", size, out[3], want)
		}
		if _, err := Check(out); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if whole[3] != 0x40 {
		t.Error("the image itself was changed")
	}
}

func TestFits(t *testing.T) {
	for size, want := range map[int]bool{512 << 10: false, 1 << 20: false, 2 << 20: true, 4 << 20: true, 0: true} {
		if err := (Image{Size: 640 << 10}).Fits(size); (err == nil) != want {
			t.Errorf("a flash of %d bytes: %v", size, err)
		}
	}
}

// No file makes the check panic; what passes is whole by its own checksums, whatever the rest.
func FuzzCheck(f *testing.F) {
	small := recipe{[][2]uint32{{0x40100000, 16}}, usual().code}.build()
	f.Add(small, uint16(0), byte(0))
	f.Add(small, uint16(lengthAt), byte(0xFF))
	f.Add(small[:100], uint16(1), byte(16))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, flip byte) {
		if int(at) < len(data) {
			data = bytes.Clone(data)
			data[at] ^= flip
		}
		got, err := Check(data)
		if err != nil {
			if fault.MessageOf(err) != err.Error() || strings.Contains(err.Error(), "%!") {
				t.Errorf("no sentence: %v", err)
			}
			return
		}
		end := binary.LittleEndian.Uint32(data[lengthAt:])
		if got.Size != len(data) || md5.Sum(data[4:end]) != [16]byte(data[end:]) {
			t.Errorf("passed: %+v", got)
		}
	})
}
