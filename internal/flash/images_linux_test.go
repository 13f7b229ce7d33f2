package flash_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gateway/internal/fault"
	"gateway/internal/flash"
	"gateway/internal/flash/simulator"
)

func images(t *testing.T, dir string) (*flash.Images, *int) {
	t.Helper()
	warnings := 0
	return flash.OpenImages(dir, func(msg string, args ...any) { warnings++; t.Log(msg, args) }), &warnings
}

func TestAnImageIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "flash")
	s, _ := images(t, dir)
	if _, err := s.Data(); !errors.Is(err, flash.ErrNoImage) || s.Kept() != nil {
		t.Errorf("an empty store has %v, %v", s.Kept(), err)
	}
	img := simulator.ImageOf(64 << 10)
	k, err := s.Put(img, flash.Uploaded)
	if err != nil || k.Version != simulator.Version || k.Size != len(img) || k.Source != flash.Uploaded {
		t.Fatalf("%+v, %v", k, err)
	}
	_, err = s.Put([]byte("nonsense"), flash.Downloaded)
	if fault.CodeOf(err) != fault.Invalid {
		t.Errorf("nonsense: %v", err)
	}
	again, warnings := images(t, dir)
	if data, err := again.Data(); err != nil || !bytes.Equal(data, img) || *warnings != 0 || again.Kept().Source != flash.Uploaded {
		t.Errorf("after a restart: %d bytes, %v, %d warnings", len(data), err, *warnings)
	}
	if err := again.Remove(); err != nil || again.Kept() != nil {
		t.Errorf("remove: %v", err)
	}
	if err := again.Remove(); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestAnImageThatChangedOnDiskIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	s, _ := images(t, dir)
	img := simulator.ImageOf(64 << 10)
	if _, err := s.Put(img, flash.Uploaded); err != nil {
		t.Fatal(err)
	}
	img[len(img)/2] ^= 1
	if err := os.WriteFile(filepath.Join(dir, "image.bin"), img, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Data(); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("it was given out: %v", err)
	}
	if again, warnings := images(t, dir); again.Kept() != nil || *warnings != 1 {
		t.Errorf("after a restart it is there again: %+v, %d warnings", again.Kept(), *warnings)
	}
}
