package device

import (
	"archive/zip"
	"bytes"
	"testing"
	"testing/fstest"

	"gateway/internal/fault"
)

func TestManifestIsSignedAsBoardsCheckIt(t *testing.T) {
	b, err := newBundle("x", "v1", map[string][]byte{"b.py": []byte("2"), "a.py": []byte("one")})
	if err != nil {
		t.Fatal(err)
	}
	key := randomHex(keyBytes)
	text := "v1\n" +
		"a.py 3 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\n" +
		"b.py 1 d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35\n"
	if got := b.manifest(key).MAC; got != Sign(key, text) {
		t.Errorf("signed something else than %q", text)
	}
}

func TestSignIsHMACSHA256(t *testing.T) { // RFC 4231, test case 2
	if got := Sign("4a656665", "what do ya want for nothing?"); got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Error(got)
	}
}

func TestReadBuiltin(t *testing.T) {
	if b, err := ReadBuiltin(fstest.MapFS{}); b != nil || err != nil {
		t.Errorf("nothing built: %v, %v", b, err)
	}
	files := fstest.MapFS{
		"bundle.json":   {Data: []byte(`{"version":"v","files":[{"name":"lib/a.mpy"}]}`)},
		"mpy/lib/a.mpy": {Data: []byte("abc")},
	}
	b, err := ReadBuiltin(files)
	if err != nil || b.Version != "v" || b.file("lib/a.mpy").Size != 3 {
		t.Errorf("%+v, %v", b, err)
	}
	delete(files, "mpy/lib/a.mpy")
	if _, err := ReadBuiltin(files); err == nil {
		t.Error("a file that is missing was not missed")
	}
}

// FuzzUnzip: whatever is uploaded is a bundle within its bounds, or refused with a sentence.
func FuzzUnzip(f *testing.F) {
	var good bytes.Buffer
	z := zip.NewWriter(&good)
	for _, name := range []string{"app.py", "lib/x.mpy"} {
		w, _ := z.Create(name)
		_, _ = w.Write([]byte("content of " + name))
	}
	_ = z.Close()
	f.Add(good.Bytes())
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := unzip(data)
		if err == nil {
			var b *Bundle
			if b, err = newBundle("x", "", files); err == nil && (b.size() > maxBundle || len(b.Files) > maxFiles) {
				t.Errorf("%d files of %d bytes", len(b.Files), b.size())
			}
		}
		if err != nil && fault.MessageOf(err) == fault.MessageOf(nil) {
			t.Errorf("refused without a sentence: %v", err)
		}
	})
}
