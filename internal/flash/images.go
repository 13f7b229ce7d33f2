package flash

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/image"
)

// Images keeps the one MicroPython image for boards in a directory.
type Images struct {
	dir string
	log func(msg string, args ...any)

	mu   sync.Mutex
	kept *KeptImage
}

// KeptImage is an image that is here.
type KeptImage struct {
	image.Image
	Source string    `json:"source"` // Uploaded or Downloaded
	At     time.Time `json:"at"`
}

// Where an image came from.
const (
	Uploaded   = "upload"
	Downloaded = "download"
)

const (
	imageFile = "image.bin"
	imageNote = "image.json"
)

// ErrNoImage is that there is no image for boards.
var ErrNoImage = errors.New("there is no MicroPython image for boards here yet")

// OpenImages finds what was kept in dir, which need not exist. What is broken counts as not there.
func OpenImages(dir string, warn func(msg string, args ...any)) *Images {
	s := &Images{dir: dir, log: warn}
	data, err := os.ReadFile(filepath.Join(dir, imageNote))
	if errors.Is(err, fs.ErrNotExist) {
		return s
	}
	var k KeptImage
	if err == nil {
		err = json.Unmarshal(data, &k)
	}
	if err == nil {
		_, err = s.read(&k)
	}
	if err != nil {
		s.log("the image for boards is broken and left out", "err", err)
		return s
	}
	s.kept = &k
	return s
}

// Kept returns what is known of the image; nil when there is none.
func (s *Images) Kept() *KeptImage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept
}

// Data returns the image, or [ErrNoImage].
func (s *Images) Data() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return nil, noImage()
	}
	return s.read(s.kept)
}

func noImage() error {
	return fault.New(fault.Invalid, "%w: get ESP8266_GENERIC-….bin from %s and drop it on the page Flash, or give it to the command with --image", ErrNoImage, image.Source)
}

// read makes sure that a file is still what was checked: a card that forgets must not end up in a board.
func (s *Images) read(k *KeptImage) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, imageFile))
	if err != nil {
		return nil, fmt.Errorf("image for boards: %w", err)
	}
	if file("", data).SHA256 != k.SHA256 {
		return nil, fault.New(fault.Invalid, "the image for boards has changed on disk: upload it again")
	}
	return data, nil
}

// Put checks an image and keeps it in place of the one before, which stays when it is refused.
func (s *Images) Put(data []byte, source string) (*KeptImage, error) {
	known, err := image.Check(data)
	if err != nil {
		return nil, err
	}
	k := &KeptImage{known, source, time.Now().UTC().Truncate(time.Second)}
	note, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write(data, note); err != nil {
		return nil, fault.New(fault.Unavailable, "the image could not be kept: %w", err)
	}
	s.kept = k
	return k, nil
}

// write replaces both files. In between they do not belong together, which read notices.
func (s *Images) write(data, note []byte) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(s.dir, imageFile), data); err != nil {
		return err
	}
	return writeWhole(filepath.Join(s.dir, imageNote), note)
}

// Remove removes the image.
func (s *Images) Remove() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{imageNote, imageFile} {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Unavailable, "the image could not be removed: %w", err)
		}
	}
	s.kept = nil
	return nil
}
