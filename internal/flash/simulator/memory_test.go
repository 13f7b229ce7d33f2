//go:build linux

package simulator

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gateway/internal/flash/image"
)

func (m *memory) put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.files, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (m *memory) has(name string) bool {
	_, err := os.Stat(filepath.Join(m.files, name))
	return err == nil
}

func TestFlashStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	for n, want := range []byte{0xA5, 0x21} { // 0x21 is what 0xA5 becomes when 0x33 is written over it
		m, err := openMemory(dir, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.read(5000, 1)[0]; got != want {
			t.Errorf("start %d: %#x, want %#x", n, got, want)
		}
		m.write(5000, []byte{0x33})
		m.close()
	}
}

func TestImageIsOneThatTheGatewayTakes(t *testing.T) {
	for _, data := range [][]byte{Image(), ImageOf(64 << 10)} {
		i, err := image.Check(data)
		if err != nil {
			t.Fatal(err)
		}
		if i.Version != Version || i.Board != "ESP8266_GENERIC" {
			t.Errorf("it is taken for %+v", i)
		}
	}
	if !bytes.Equal(Image(), Image()) {
		t.Error("two images differ")
	}
}

func TestBootsOnlyWhatIsWhole(t *testing.T) {
	m, err := openMemory(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	if m.bootable() {
		t.Error("a bare board boots")
	}
	data := image.ForFlash(ImageOf(64<<10), 1<<20)
	m.erase(0, 1<<20)
	m.write(0, data)
	if !m.bootable() {
		t.Error("the image does not boot")
	}
	m.write(len(data)/2, []byte{0, 0})
	if m.bootable() {
		t.Error("a damaged image boots")
	}
}

func TestFaultsHaveNames(t *testing.T) {
	got, err := ParseFaults("block97, noise")
	if err != nil || !got.Has(Block97) || !got.Has(Noise) || got.Has(ESP32) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ParseFaults("rain"); err == nil {
		t.Error("an unknown fault is taken")
	}
}
