package device

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/records"
)

const (
	maxBoards = 1000
	maxName   = 64 // bytes
	maxID     = 40
)

// Add makes a board, and returns its key, which is nowhere to be had again: 64 hex digits. id may be empty: then it is made from
// the name.
func (s *Service) Add(id, name string, by *access.Principal) (Board, string, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	name = strings.TrimSpace(name)
	if err := validName(name); err != nil {
		return Board{}, "", err
	}
	id, err := s.freeID(id, name)
	if err != nil {
		return Board{}, "", err
	}
	r := record{Name: name, Key: randomHex(keyBytes), Grant: randomHex(8), CreatedAt: s.Now().UTC().Truncate(time.Second), CreatedBy: by.String()}
	if err := records.Put(s.Records, bucketBoards, id, r); err != nil {
		return Board{}, "", err
	}
	b := newBoard(id, r)
	s.mu.Lock()
	s.boards[id] = b
	s.mu.Unlock()
	s.attach()
	s.changed(b)
	return s.view(b), r.Key, nil
}

func (s *Service) freeID(id, name string) (string, error) {
	if n := len(s.all()); n >= maxBoards {
		return "", conflict("there are %d boards already, which is the most", n)
	}
	if id != "" {
		switch {
		case slug(id) != id:
			return "", badField("id", "an id has small letters, digits and dashes, %d at most", maxID)
		case s.taken(id):
			return "", conflict("the id %q is taken", id)
		}
		return id, nil
	}
	base := slug(name)
	if base == "" {
		base = "board"
	}
	free := base
	for n := 2; s.taken(free); n++ {
		free = fmt.Sprintf("%s-%d", base, n)
	}
	return free, nil
}

func (s *Service) taken(id string) bool { return s.find(id) != nil || s.Taken(id) }

// Has reports whether an id is that of a board.
func (s *Service) Has(id string) bool { return s.find(id) != nil }

func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxID {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

func validName(name string) error {
	if name == "" || len(name) > maxName || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return badField("name", "a board needs a name of 1 to %d bytes", maxName)
	}
	return nil
}

func badField(field, format string, args ...any) error {
	return &Refused{Fault: fault.New(fault.Invalid, format, args...), Field: field}
}

func (r *record) revision() string {
	data, _ := json.Marshal(r) // records are plain
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// change writes a changed record of a board that is at a revision: "" and "*" stand for any.
func (s *Service) change(id, revision string, do func(*record)) (*board, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	b := s.find(id)
	if b == nil {
		return nil, notFound("board", id)
	}
	b.mu.Lock()
	r := b.record
	b.mu.Unlock()
	switch {
	case b.token:
		return nil, conflict("%s came with a token: change that", id)
	case revision != "" && revision != "*" && revision != r.revision():
		return nil, &Refused{Fault: fault.New(fault.Invalid, "somebody else changed board %q meanwhile: read it again", id), Stale: true}
	}
	do(&r)
	if err := records.Put(s.Records, bucketBoards, id, r); err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.record = r
	b.mu.Unlock()
	s.changed(b)
	return b, nil
}

// Rename changes a board's name; its id stays.
func (s *Service) Rename(id, revision, name string) (Board, error) {
	name = strings.TrimSpace(name)
	if err := validName(name); err != nil {
		return Board{}, err
	}
	b, err := s.change(id, revision, func(r *record) { r.Name = name })
	if err != nil {
		return Board{}, err
	}
	return s.view(b), nil
}

// NewKey gives a board another key, and cuts whoever is connected with the old one.
func (s *Service) NewKey(id, revision string) (Board, string, error) {
	key := randomHex(keyBytes)
	b, err := s.change(id, revision, func(r *record) { r.Key, r.Grant = key, randomHex(8) })
	if err != nil {
		return Board{}, "", err
	}
	b.cut()
	return s.view(b), key, nil
}

// Remove takes a board's right to connect back and forgets all about it; it is cut at once.
func (s *Service) Remove(id, revision string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	b := s.find(id)
	if b == nil {
		return notFound("board", id)
	}
	b.mu.Lock()
	now, here := b.record.revision(), b.session != nil
	b.mu.Unlock()
	switch {
	case b.token && here:
		return conflict("%s came with a token: remove that", id)
	case revision != "" && revision != "*" && revision != now:
		return &Refused{Fault: fault.New(fault.Invalid, "somebody else changed board %q meanwhile: read it again", id), Stale: true}
	}
	for _, bucket := range []string{bucketBoards, bucketShadows, bucketMemory} { // the key first
		if err := s.Records.DeleteRecord(bucket, id); err != nil {
			return err
		}
	}
	b.mu.Lock()
	b.removed = true
	b.mu.Unlock()
	b.cut()
	s.mu.Lock()
	delete(s.boards, id)
	s.mu.Unlock()
	s.unsay(b)
	s.Options.Changed(Change{ID: id, Gone: true})
	s.lookAtRollout()
	return nil
}

// unsay takes what is retained about a board from the bus.
func (s *Service) unsay(b *board) {
	b.saying.Lock()
	defer b.saying.Unlock()
	for _, rest := range []string{"status", "shadow/desired", "shadow/reported", "shadow/delta"} {
		s.say(b.id, rest, nil)
	}
}

// cut closes the connection of a board.
func (b *board) cut() {
	b.mu.Lock()
	x := b.session
	b.mu.Unlock()
	if x != nil {
		x.conn.Close()
	}
}

// Current returns what the principal of a board is by now: p, or nil when it may not be here any more.
func (s *Service) Current(p *access.Principal) *access.Principal {
	b := s.find(p.ID)
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.removed || p.Grant != grantPrefix+b.record.Grant {
		return nil
	}
	return p
}

// Own reports whether p is a board that has proved its key, and not one with a token.
func Own(p *access.Principal) bool {
	return p.Kind == access.KindDevice && strings.HasPrefix(p.Grant, grantPrefix)
}
