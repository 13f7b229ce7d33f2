package flash

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// secretKey is the file in the data directory with which passwords are sealed. It is in no backup: what is restored elsewhere
// cannot be opened there.
const secretKey = "secret.key"

// keyBytes is for AES-256.
const keyBytes = 32

// Vault seals small secrets with a key that is in a file of its own, readable by its owner only.
type Vault struct {
	dir string
	mu  sync.Mutex
}

// NewVault uses the key in dir; it is made when something is sealed for the first time.
func NewVault(dir string) *Vault { return &Vault{dir: dir} }

// Seal returns text sealed. about has to be the same when it is opened.
func (v *Vault) Seal(text, about string) ([]byte, error) {
	aead, err := v.cipher(true)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, []byte(text), []byte(about)), nil
}

// Open returns what was sealed; an error means that it was sealed elsewhere, or is broken.
func (v *Vault) Open(sealed []byte, about string) (string, error) {
	aead, err := v.cipher(false)
	if err != nil {
		return "", err
	}
	n := aead.NonceSize()
	if len(sealed) < n {
		return "", errors.New("what was sealed is cut short")
	}
	text, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(about))
	if err != nil {
		return "", fmt.Errorf("open what was sealed: %w", err)
	}
	return string(text), nil
}

func (v *Vault) cipher(create bool) (cipher.AEAD, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.read()
	if create && errors.Is(err, fs.ErrNotExist) {
		key, err = v.create()
	}
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", secretKey, err)
	}
	return cipher.NewGCM(block)
}

func (v *Vault) read() ([]byte, error) {
	key, err := os.ReadFile(filepath.Join(v.dir, secretKey))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", secretKey, err)
	}
	if len(key) != keyBytes {
		return nil, fmt.Errorf("%s has %d bytes instead of %d: remove it, and type what it kept again", secretKey, len(key), keyBytes)
	}
	return key, nil
}

func (v *Vault) create() ([]byte, error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	if err := writeWhole(filepath.Join(v.dir, secretKey), key); err != nil {
		return nil, err
	}
	return key, nil
}

// writeWhole writes a file that only its owner can read, so that it is there whole or not at all.
func writeWhole(name string, data []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", filepath.Base(name), err)
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
