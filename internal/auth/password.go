package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"gateway/internal/fault"
)

// cost is what one guess at a password costs. 19 MiB and two passes are the least that OWASP advises for argon2id; on a Raspberry
// Pi 3, which has 1 GiB for everything, that is half a second or so.
type cost struct {
	memory uint32 // KiB
	passes uint32
}

const (
	saltLen = 16
	keyLen  = 32

	minPassword = 10  // characters
	maxPassword = 256 // bytes
	maxWaiting  = 4   // who may wait for the one who hashes
)

// hasher hashes passwords one at a time, so that logins never take more than the memory of one.
type hasher struct {
	cost  cost
	turn  chan struct{} // one slot
	queue chan struct{}
	dummy string // for users that do not exist: finding that out takes as long as a wrong password
}

func newHasher() hasher {
	h := hasher{cost: cost{memory: 19 << 10, passes: 2}, turn: make(chan struct{}, 1), queue: make(chan struct{}, maxWaiting)}
	h.dummy = h.cost.encode(make([]byte, saltLen), make([]byte, keyLen))
	return h
}

// do runs fn when it is its turn. It refuses when too many wait.
func (h *hasher) do(ctx context.Context, fn func()) error {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return limited(5e9, "too many people log in at once: try again in a few seconds")
	}
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return fault.New(fault.Timeout, "logging in took too long: %w", ctx.Err())
	}
	fn()
	return nil
}

// hash returns the password's hash with everything that is needed to check it, in the usual PHC text.
func (h *hasher) hash(ctx context.Context, password string) (text string, err error) {
	err = h.do(ctx, func() {
		salt := make([]byte, saltLen)
		_, _ = rand.Read(salt) // never fails
		text = h.cost.encode(salt, h.cost.key(password, salt))
	})
	return text, err
}

// matches reports whether password is the one that text was made of; with an empty text it takes as long, and is false.
func (h *hasher) matches(ctx context.Context, password, text string) (ok bool, err error) {
	known := text != ""
	if !known {
		text = h.dummy
	}
	c, salt, key, err := decodeHash(text)
	if err != nil {
		return false, err
	}
	err = h.do(ctx, func() { ok = subtle.ConstantTimeCompare(c.key(password, salt), key) == 1 })
	return ok && known, err
}

func (c cost) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, 1, keyLen)
}

func (c cost) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.memory, c.passes, b64(salt), b64(key))
}

// decodeHash reads what encode wrote. What would take more memory than a password ever may is refused: restored backups come
// from outside.
func decodeHash(text string) (c cost, salt, key []byte, err error) {
	var version int
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return c, nil, nil, fmt.Errorf("password hash: not an argon2id one")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &c.memory, &c.passes); err != nil {
		return c, nil, nil, fmt.Errorf("password hash: %w", err)
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err == nil && (version != argon2.Version || c.memory < 8 || c.memory > 64<<10 || c.passes < 1 || c.passes > 10 || len(key) != keyLen) {
		err = fmt.Errorf("m=%d,t=%d is outside of what is used here", c.memory, c.passes)
	}
	if err != nil {
		return c, nil, nil, fmt.Errorf("password hash: %w", err)
	}
	return c, salt, key, nil
}

// checkPassword refuses passwords that a stranger would try.
func checkPassword(password, username string) error {
	const remedy = "three or four random words are good, and easy to type"
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return badField("password", remedy, "a password has at least %d characters", minPassword)
	case len(password) > maxPassword:
		return badField("password", "", "a password has at most %d bytes", maxPassword)
	case !utf8.ValidString(password):
		return badField("password", "", "a password is UTF-8 text")
	case common(password, username):
		return badField("password", remedy, "this password is among the first that strangers try")
	}
	return nil
}
