package repl

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"

	"gateway/internal/fault"
)

// piece is how many bytes of a file go with one command: it has to fit the chip's heap several times, as text and as bytes.
const piece = 768

// putTries is how often a file is sent when the line changes it on its way.
const putTries = 3

// tools are the functions that files are put with; they stay on the board until it restarts. What a name ends in ".new" is written
// first, and renamed when its SHA-256 is right. The newer file system replaces what is there at once; the older one has to be told.
const tools = `import os,hashlib,binascii,gc
def _o(n):
 global _f
 i=n.find('/',1)
 while i>0:
  try:os.mkdir(n[:i])
  except OSError:pass
  i=n.find('/',i+1)
 gc.collect()
 _f=open(n+'.new','wb')
def _w(s):_f.write(binascii.a2b_base64(s))
def _s(n):
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
def _c(n,d):
 _f.close()
 t=n+'.new'
 s=_s(t)
 if s==d:
  try:os.rename(t,n)
  except OSError:
   os.remove(n)
   os.rename(t,n)
 print(s)`

// errDiffers is a file that came to the board otherwise than it was sent.
var errDiffers = fault.New(fault.Unavailable, "what the board read back differs from what was sent: try another cable")

// Put writes a file on the board: beside its place first, where its SHA-256 is read back, then in its place at once. Directories
// above it are made. name is absolute ("/a/lib/wifi.mpy"). progress, if not nil, hears of bytes of data; it begins anew when the
// line changed something and the file is sent again.
func (r *REPL) Put(ctx context.Context, name string, data []byte, progress func(done, total int64)) error {
	if err := valid(name); err != nil {
		return err
	}
	var err error
	for range putTries {
		if err = r.put(ctx, name, data, progress); err == nil || !garbled(err) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", name, err)
	}
	return nil
}

// Sum returns the SHA-256 of a file on the board in hex, or "" when there is no such file.
func (r *REPL) Sum(ctx context.Context, name string) (string, error) {
	if err := valid(name); err != nil {
		return "", err
	}
	if err := r.equip(ctx); err != nil {
		return "", err
	}
	out, err := r.Exec(ctx, "print(_s('"+name+"'))")
	return lastLine(out), err
}

func valid(name string) error {
	if name != path.Clean(name) || !path.IsAbs(name) || name == "/" || strings.ContainsAny(name, "'\\\r\n\x00\x01\x02\x03\x04\x05") {
		return fault.New(fault.Invalid, "%q is not the name of a file on a board", name)
	}
	return nil
}

// equip brings the tools to the board, once.
func (r *REPL) equip(ctx context.Context) error {
	if r.equipped {
		return nil
	}
	_, err := r.Exec(ctx, tools)
	r.equipped = err == nil
	return err
}

func (r *REPL) put(ctx context.Context, name string, data []byte, progress func(done, total int64)) error {
	if err := r.equip(ctx); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	code := "_o('" + name + "')\n"
	for at := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(at+piece, len(data))
		code += "_w(b'" + base64.StdEncoding.EncodeToString(data[at:end]) + "')\n"
		if end == len(data) {
			code += "_c('" + name + "','" + digest + "')\n"
		}
		out, err := r.Exec(ctx, code)
		if err != nil {
			return err
		}
		if progress != nil {
			progress(int64(end), int64(len(data)))
		}
		if end == len(data) {
			return same(lastLine(out), digest)
		}
		at, code = end, ""
	}
}

func same(got, want string) error {
	if got != want {
		return errDiffers
	}
	return nil
}

// garbled tells of an error that comes of bytes that changed on their way, and not of a full or broken flash.
func garbled(err error) bool {
	var e *PythonError
	if errors.As(err, &e) {
		return !strings.Contains(e.Trace, "OSError") && !strings.Contains(e.Trace, "MemoryError")
	}
	return errors.Is(err, errDiffers)
}
