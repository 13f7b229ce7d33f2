package device

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// keyBytes is how long a board's own key is.
const keyBytes = 32

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Sign returns HMAC-SHA256 of text with a key of 64 hex digits, as 64 hex digits.
func Sign(key, text string) string {
	raw, err := hex.DecodeString(key)
	if err != nil {
		raw = nil // a key that is none proves nothing: it is random from the registry, or a stranger's
	}
	m := hmac.New(sha256.New, raw)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// proof is what a side shows of the key: role is "gateway" or "device".
func proof(key, role, id, boardNonce, gatewayNonce string) string {
	return Sign(key, role+":"+id+":"+boardNonce+":"+gatewayNonce)
}

func equalProof(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// nonceDigits is the length of a nonce: 16 bytes in hex.
const nonceDigits = 32

func validNonce(s string) bool {
	if len(s) != nonceDigits {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
