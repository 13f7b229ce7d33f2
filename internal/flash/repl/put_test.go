package repl

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// files is what the tools do, for a peer: it takes what is written apart, and may change it.
type files struct {
	open   []byte
	stored map[string][]byte
	spoil  int // that many pieces are changed on their way
	full   bool
}

func (f *files) run(code string) (out, trace string) {
	if f.full {
		return "", "Traceback (most recent call last):\nOSError: 28\n"
	}
	if strings.Contains(code, "_o('") {
		f.open = nil
	}
	for _, m := range regexp.MustCompile(`_w\(b'([^']*)'\)`).FindAllStringSubmatch(code, -1) {
		data, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			return "", "ValueError: incorrect padding\n"
		}
		if f.spoil > 0 && len(data) > 0 {
			f.spoil--
			data[0] ^= 1
		}
		f.open = append(f.open, data...)
	}
	if m := regexp.MustCompile(`_c\('([^']*)','([^']*)'\)`).FindStringSubmatch(code); m != nil {
		sum := sha256.Sum256(f.open)
		if out = hex.EncodeToString(sum[:]); out == m[2] {
			f.stored[m[1]] = f.open
		}
	}
	return out + "\n", ""
}

func TestPutTriesAgainWhenTheLineSpoils(t *testing.T) {
	for name, c := range map[string]struct {
		spoil int
		full  bool
		want  error
		execs int
	}{
		"a good line":        {0, false, nil, 4},
		"a piece is changed": {1, false, nil, 7},
		"every piece is":     {1 << 30, false, errDiffers, 10},
		"the flash is full":  {0, true, &PythonError{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, f := newPeer(), &files{stored: map[string][]byte{}, spoil: c.spoil, full: c.full}
				p.run = f.run
				data := bytes.Repeat([]byte("0123456789"), 200)
				err := enter(t, p).Put(t.Context(), "/a/b.mpy", data, nil)
				var python *PythonError
				if !errors.Is(err, c.want) && !(c.full && errors.As(err, &python)) {
					t.Errorf("%v, want %v", err, c.want)
				}
				if got := f.stored["/a/b.mpy"]; (c.want == nil) != bytes.Equal(got, data) {
					t.Errorf("the board has %d bytes", len(got))
				}
				if len(p.ran) != c.execs {
					t.Errorf("%d commands, want %d", len(p.ran), c.execs)
				}
			})
		})
	}
}
