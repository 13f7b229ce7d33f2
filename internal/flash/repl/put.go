package repl

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"gateway/internal/fault"
)

// piece is how many bytes of a file go with one command: it has to fit the chip's heap several times, as text and as bytes.
const piece = 768

// Put writes a file on the board: beside its place first, where its SHA-256 is read back, then in its place at once. Directories
// above it are made. name is absolute ("/a/lib/wifi.mpy"). progress, if not nil, hears of bytes of data.
func (r *REPL) Put(ctx context.Context, name string, data []byte, progress func(done, total int64)) error {
	if name != path.Clean(name) || !path.IsAbs(name) || name == "/" || strings.ContainsAny(name, "'\\\r\n") {
		return fault.New(fault.Invalid, "%q is not the name of a file on a board", name)
	}
	if err := r.put(ctx, name, data, progress); err != nil {
		return fmt.Errorf("put %s: %w", name, err)
	}
	return nil
}

func (r *REPL) put(ctx context.Context, name string, data []byte, progress func(done, total int64)) error {
	aside := name + ".new"
	if _, err := r.Exec(ctx, openCode(aside)); err != nil {
		return err
	}
	for at := 0; at < len(data); {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(at+piece, len(data))
		if _, err := r.Exec(ctx, "w(b'"+base64.StdEncoding.EncodeToString(data[at:end])+"')"); err != nil {
			return err
		}
		if at = end; progress != nil {
			progress(int64(at), int64(len(data)))
		}
	}
	if _, err := r.Exec(ctx, "f.close()\ndel f,w"); err != nil {
		return err
	}
	want := sha256.Sum256(data)
	if got, err := r.Sum(ctx, aside); err != nil {
		return err
	} else if got != hex.EncodeToString(want[:]) {
		return fault.New(fault.Unavailable, "what the board read back differs from what was sent")
	}
	_, err := r.Exec(ctx, renameCode(aside, name))
	return err
}

// Sum returns the SHA-256 of a file on the board in hex, or "" when there is no such file.
func (r *REPL) Sum(ctx context.Context, name string) (string, error) {
	out, err := r.Exec(ctx, `import hashlib,binascii
def s(n):
 try:f=open(n,'rb')
 except OSError:return ''
 h=hashlib.sha256()
 b=bytearray(256)
 m=memoryview(b)
 while 1:
  k=f.readinto(b)
  if not k:break
  h.update(m[:k])
 f.close()
 return binascii.hexlify(h.digest()).decode()
print(s('`+name+`'))
del s`)
	return strings.TrimSpace(out), err
}

// openCode makes the directories above name and opens it as f, with w to write base64 to it.
func openCode(name string) string {
	var code strings.Builder
	code.WriteString("import os,binascii,gc\n")
	for i, c := range name {
		if c == '/' && i > 0 {
			fmt.Fprintf(&code, "try:os.mkdir('%s')\nexcept OSError:pass\n", name[:i])
		}
	}
	fmt.Fprintf(&code, "gc.collect()\nf=open('%s','wb')\ndef w(s):f.write(binascii.a2b_base64(s))\n", name)
	return code.String()
}

// renameCode puts a file in its place. The newer file system replaces what is there at once; the older one has to be told.
func renameCode(from, to string) string {
	return fmt.Sprintf("try:os.rename('%[1]s','%[2]s')\nexcept OSError:\n os.remove('%[2]s')\n os.rename('%[1]s','%[2]s')\n", from, to)
}
