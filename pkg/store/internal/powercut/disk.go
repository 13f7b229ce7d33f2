package powercut

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sector is the unit that a disk writes, in bytes.
const Sector = 512

// A Disk is what a disk holds for certain, and what it may hold.
type Disk struct {
	files   map[int]*file
	names   map[string]int // 0 for a directory
	pending []Event        // Create, Mkdir, Rename, Unlink, not synced
	at      []int          // their indices
	count   int            // events applied
	last    int            // file number
}

type file struct {
	data    []byte
	pending []Event // Write, Truncate, Extend, not synced
	at      []int
}

const isDir = 0

// Load returns the disk that holds, durably, what is below root.
func Load(root string) (*Disk, error) {
	d := &Disk{files: map[int]*file{}, names: map[string]int{}}
	names, err := list(root)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		d.last++
		d.names[name], d.files[d.last] = d.last, &file{data: b}
	}
	return d, dirs(root, func(name string) { d.names[name] = isDir })
}

// list returns the names of all files below root, in order.
func list(root string) (names []string, err error) {
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
	return names, err
}

func dirs(root string, fn func(string)) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && path != root {
			fn(strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
}

// Apply does what an event says, and reports whether that changes what a power
// cut may leave.
func (d *Disk) Apply(e Event) bool {
	index := d.count
	d.count++
	switch e.Kind {
	case Create, Mkdir, Rename, Unlink:
		if e.Kind == Create {
			d.files[e.File] = &file{}
		}
		d.pending, d.at = append(d.pending, e), append(d.at, index)
	case Write, Truncate, Extend:
		f := d.files[e.File]
		f.pending, f.at = append(f.pending, e), append(f.at, index)
	case SyncEnd:
		if e.File == isDir {
			return d.syncDir(e)
		}
		return d.files[e.File].sync(e.Began)
	default:
		return false
	}
	return true
}

// sync makes the changes before event began durable.
func (f *file) sync(began int) bool {
	n := 0
	for n < len(f.pending) && f.at[n] < began {
		f.data = change(f.data, f.pending[n])
		n++
	}
	f.pending, f.at = f.pending[n:], f.at[n:]
	return n > 0
}

// syncDir makes the changes of a directory's entries before the sync durable.
func (d *Disk) syncDir(e Event) bool {
	var rest []Event
	var at []int
	for i, p := range d.pending {
		if d.at[i] < e.Began && dirOf(p.Name) == e.Name {
			rename(d.names, p)
		} else {
			rest, at = append(rest, p), append(at, d.at[i])
		}
	}
	synced := len(rest) < len(d.pending)
	d.pending, d.at = rest, at
	return synced
}

func dirOf(name string) string {
	if dir := filepath.Dir(name); dir != "." {
		return dir
	}
	return ""
}

// change returns data after a Write, Truncate or Extend. It may write to data.
func change(data []byte, e Event) []byte {
	if e.Kind == Extend {
		e.Off = max(e.Off, int64(len(data)))
	}
	if e.Kind != Write {
		if e.Off <= int64(len(data)) {
			return data[:e.Off]
		}
		return append(data, make([]byte, e.Off-int64(len(data)))...)
	}
	if end := e.Off + int64(len(e.Data)); end > int64(len(data)) {
		data = append(data, make([]byte, end-int64(len(data)))...)
	}
	copy(data[e.Off:], e.Data)
	return data
}

// rename applies a change of names.
func rename(names map[string]int, e Event) {
	switch e.Kind {
	case Create:
		names[e.Name] = e.File
	case Mkdir:
		names[e.Name] = isDir
	case Unlink:
		delete(names, e.Name)
	case Rename:
		if file, found := names[e.Name]; found {
			names[e.To] = file
			delete(names, e.Name)
		}
	}
}

// An Image is what the disk holds after a power cut: the content of each file.
// Directories hold nil.
type Image map[string][]byte

// WriteTo lays the image down below root, which is empty.
func (im Image) WriteTo(root string) error {
	for _, name := range slices.Sorted(maps.Keys(im)) {
		path := filepath.Join(root, name)
		if im[name] == nil {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			continue
		}
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			continue // its directory was lost, and with it the file
		}
		if err := os.WriteFile(path, im[name], 0o600); err != nil {
			return err
		}
	}
	return nil
}
