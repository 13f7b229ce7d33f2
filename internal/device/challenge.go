package device

import (
	"slices"

	"gateway/internal/access"
)

// keptNonces is how many nonces of a board are remembered: none of them is taken a second time.
const keptNonces = 128

// Challenge is what the gateway asks of a board that says who it is.
type Challenge struct {
	Nonce string // the gateway's own, hex
	Proof string // that the gateway knows the board's key

	id, nonce string
	want      string // what the board has to answer
	board     *board // nil when it cannot pass, whatever it answers
	grant     string
}

// Challenge begins the proof of a board with an id and a nonce of its own. A board that is not known, or a nonce that was there
// before, gets a challenge like any other, which nobody can pass: who asks learns nothing.
func (s *Service) Challenge(id, nonce string) *Challenge {
	c := &Challenge{Nonce: randomHex(nonceDigits / 2), id: id, nonce: nonce}
	key := Sign(s.decoy, id) // nobody knows it, and it is the same each time
	if b := s.find(id); b != nil {
		b.mu.Lock()
		if b.record.Key != "" && validNonce(nonce) && !slices.Contains(b.nonces, nonce) {
			key, c.board, c.grant = b.record.Key, b, b.record.Grant
		}
		b.mu.Unlock()
	}
	c.Proof = proof(key, "gateway", id, nonce, c.Nonce)
	c.want = proof(key, "device", id, nonce, c.Nonce)
	return c
}

// pass reports whether the answer proves the board's key. Called with the board's lock held, once.
func (c *Challenge) pass(answer string) bool {
	right := equalProof(answer, c.want)
	if c.board == nil || !right || c.board.record.Grant != c.grant || slices.Contains(c.board.nonces, c.nonce) {
		return false
	}
	c.board.nonces = append(c.board.nonces, c.nonce)
	if n := len(c.board.nonces); n > keptNonces {
		c.board.nonces = slices.Delete(c.board.nonces, 0, n-keptNonces)
	}
	return true
}

// principalOf is a board that has proved itself: it owns what is below devices/<its id>.
func principalOf(id, grant string) *access.Principal {
	own := []string{topicOf(id, "#")}
	return &access.Principal{Kind: access.KindDevice, ID: id, Role: access.RoleDevice, Grant: grantPrefix + grant, Read: own, Write: own}
}

// grantPrefix tells boards with a key from tokens of the kind device.
const grantPrefix = "board:"

// topicOf is a topic of a board.
func topicOf(id, rest string) string { return topicPrefix + id + "/" + rest }

const topicPrefix = "devices/"
