package device

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"gateway/internal/fault"
)

// What a bundle may be: a board has two slots for one in its flash.
const (
	maxFiles      = 100
	maxBundle     = 512 << 10 // bytes of all files
	maxBundles    = 8         // that are kept
	maxFileName   = 64
	maxBundleZip  = 1 << 20
	versionDigits = 12
)

// Bundle is a build for boards: files by the names that they have on the board.
type Bundle struct {
	Version string // names its content
	Name    string // for people
	Builtin bool
	AddedAt time.Time
	Files   []File
}

// File is one file of a bundle.
type File struct {
	Name   string `json:"name" example:"lib/node/core.mpy"`
	Size   int    `json:"size" doc:"Bytes"`
	SHA256 string `json:"sha256"`
	Data   []byte `json:"-"`
}

// keptBundle is a bundle on disk.
type keptBundle struct {
	Name    string            `json:"name"`
	AddedAt time.Time         `json:"added_at"`
	Files   map[string][]byte `json:"files"`
}

// newBundle makes a bundle of files; version "" names it by its content.
func newBundle(name, version string, files map[string][]byte) (*Bundle, error) {
	b := &Bundle{Version: version, Name: name}
	total := 0
	for file, data := range files {
		if err := validFileName(file); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		b.Files = append(b.Files, File{file, len(data), hex.EncodeToString(sum[:]), data})
		total += len(data)
	}
	switch {
	case len(files) == 0:
		return nil, fault.New(fault.Invalid, "there is no file in it")
	case len(files) > maxFiles:
		return nil, fault.New(fault.TooLarge, "it has %d files: %d at most", len(files), maxFiles)
	case total > maxBundle:
		return nil, fault.New(fault.TooLarge, "its files have %d bytes: %d at most", total, maxBundle)
	}
	slices.SortFunc(b.Files, func(x, y File) int { return cmp.Compare(x.Name, y.Name) })
	if b.Version == "" {
		sum := sha256.Sum256([]byte(b.listing()))
		b.Version = hex.EncodeToString(sum[:])[:versionDigits]
	}
	return b, nil
}

// listing is a line for each file, as it is signed.
func (b *Bundle) listing() string {
	var s strings.Builder
	for _, f := range b.Files {
		fmt.Fprintf(&s, "%s %d %s\n", f.Name, f.Size, f.SHA256)
	}
	return s.String()
}

func (b *Bundle) size() (n int) {
	for _, f := range b.Files {
		n += f.Size
	}
	return n
}

func (b *Bundle) file(name string) *File {
	for i := range b.Files {
		if b.Files[i].Name == name {
			return &b.Files[i]
		}
	}
	return nil
}

// manifest is what a board is told first of an update.
type manifest struct {
	Version string   `json:"version"`
	Files   [][3]any `json:"files"` // name, size, sha256
	MAC     string   `json:"mac"`
}

func (b *Bundle) manifest(key string) manifest {
	m := manifest{Version: b.Version, MAC: Sign(key, b.Version+"\n"+b.listing())}
	for _, f := range b.Files {
		m.Files = append(m.Files, [3]any{f.Name, f.Size, f.SHA256})
	}
	return m
}

// validFileName keeps names inside of a slot, and in what is signed: a line for each.
func validFileName(name string) error {
	odd := strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == ':' })
	if name == "" || len(name) > maxFileName || odd || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "..") {
		return fault.New(fault.Invalid, "a file's name is %q: use a relative one of letters, digits and signs without blanks, %d at most", clip(name, maxFileName), maxFileName)
	}
	return nil
}

// ReadBuiltin reads a bundle as firmware/tools makes it: bundle.json, and the files below mpy/. It returns nil when there is
// none: when the gateway was built without.
func ReadBuiltin(files fs.FS) (*Bundle, error) {
	data, err := fs.ReadFile(files, "bundle.json")
	if err != nil {
		return nil, nil //nolint:nilerr // built without
	}
	var listed struct {
		Version string `json:"version"`
		Files   []File `json:"files"`
	}
	if err := json.Unmarshal(data, &listed); err != nil {
		return nil, fmt.Errorf("firmware bundle: %w", err)
	}
	content := map[string][]byte{}
	for _, f := range listed.Files {
		if content[f.Name], err = fs.ReadFile(files, "mpy/"+f.Name); err != nil {
			return nil, fmt.Errorf("firmware bundle: %w", err)
		}
	}
	b, err := newBundle("the gateway's own", listed.Version, content)
	if err != nil {
		return nil, fmt.Errorf("firmware bundle: %w", err)
	}
	b.Builtin = true
	return b, nil
}

func unzip(data []byte) (map[string][]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "this is no zip file")
	}
	files, total := map[string][]byte{}, 0
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if len(files) >= maxFiles {
			return nil, fault.New(fault.TooLarge, "it has more than %d files", maxFiles)
		}
		content, err := readMost(f, maxBundle-total)
		if err != nil {
			return nil, err
		}
		total += len(content)
		files[f.Name] = content
	}
	return files, nil
}

// readMost reads a file of a zip, but not more than most bytes, whatever it claims to have.
func readMost(f *zip.File, most int) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q cannot be read", clip(f.Name, maxFileName))
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	switch {
	case err != nil:
		return nil, fault.New(fault.Invalid, "%q is broken", clip(f.Name, maxFileName))
	case len(content) > most:
		return nil, fault.New(fault.TooLarge, "its files have more than %d bytes", maxBundle)
	}
	return content, nil
}
