//go:build linux

package simulator

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Sizes of the flash chip, in bytes, and how long it takes typically (Winbond W25Q32JV).
const (
	page        = 256
	sector      = 4096
	block       = 16 * sector
	pageTime    = 400 * time.Microsecond
	sectorTime  = 45 * time.Millisecond
	blockTime   = 150 * time.Millisecond
	filesStart  = 1 << 20  // where MicroPython's file system begins
	filesBehind = 20 << 10 // what the SDK keeps for itself at the end
)

// memory is the flash chip: bits can be cleared by writing, and set by erasing only. Its contents are in a file, too, and the file
// system that lies in it is a folder.
type memory struct {
	mu    sync.Mutex
	bytes []byte
	file  *os.File
	files string
}

// openMemory takes the flash of dir, or makes one of size bytes, full of what an earlier owner left.
func openMemory(dir string, size int) (*memory, error) {
	m := &memory{files: filepath.Join(dir, "files")}
	if err := os.MkdirAll(m.files, 0o755); err != nil {
		return nil, fmt.Errorf("the flash's folder: %w", err)
	}
	name := filepath.Join(dir, "flash.bin")
	old, err := os.ReadFile(name)
	if err != nil || len(old) != size {
		old = bytes.Repeat([]byte{0xA5}, size)
		if err := os.WriteFile(name, old, 0o644); err != nil {
			return nil, fmt.Errorf("the flash: %w", err)
		}
	}
	m.bytes = old
	if m.file, err = os.OpenFile(name, os.O_WRONLY, 0); err != nil {
		return nil, fmt.Errorf("the flash: %w", err)
	}
	return m, nil
}

// write clears bits, as NOR flash does; false when it does not fit.
func (m *memory) write(at int, data []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at < 0 || at > len(m.bytes)-len(data) {
		return false
	}
	for i, b := range data {
		m.bytes[at+i] &= b
	}
	return m.save(at, at+len(data))
}

// erase sets all bits from one byte up to another. The file system goes when a part of it goes.
func (m *memory) erase(from, to int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from, to = m.clamp(from), m.clamp(to); from >= to {
		return true
	}
	copy(m.bytes[from:to], bytes.Repeat([]byte{0xFF}, to-from))
	if to > filesStart && from < len(m.bytes)-filesBehind {
		m.format()
	}
	return m.save(from, to)
}

func (m *memory) save(from, to int) bool {
	_, err := m.file.WriteAt(m.bytes[from:to], int64(from))
	return err == nil
}

func (m *memory) format() {
	entries, _ := os.ReadDir(m.files)
	for _, e := range entries {
		_ = os.RemoveAll(filepath.Join(m.files, e.Name()))
	}
}

// read copies n bytes; fewer at the end.
func (m *memory) read(at, n int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	at = m.clamp(at)
	return bytes.Clone(m.bytes[at : at+min(max(n, 0), len(m.bytes)-at)])
}

// clamp is the place next to at that is on the chip.
func (m *memory) clamp(at int) int { return min(max(at, 0), len(m.bytes)) }

// erasing is how long it takes: whole blocks go at once, sectors beside them one by one.
func (m *memory) erasing(sectors, blocks int) time.Duration {
	whole := len(m.bytes) / sector
	return time.Duration(min(sectors, whole))*sectorTime + time.Duration(min(blocks, whole))*blockTime
}

func (m *memory) size() int { return len(m.bytes) }

func (m *memory) close() { _ = m.file.Close() }
