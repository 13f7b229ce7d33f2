package device

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"gateway/internal/access"
)

// memoryRecords keeps records as a store would.
type memoryRecords struct {
	mu   sync.Mutex
	data map[[2]string][]byte
	fail error
}

func (m *memoryRecords) PutRecord(bucket, key string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.data[[2]string{bucket, key}] = append([]byte{}, data...)
	}
	return m.fail
}

func (m *memoryRecords) DeleteRecord(bucket, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		delete(m.data, [2]string{bucket, key})
	}
	return m.fail
}

func (m *memoryRecords) EachRecord(bucket string, fn func(string, []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, data := range m.data {
		if k[0] != bucket {
			continue
		}
		if err := fn(k[1], data); err != nil {
			return err
		}
	}
	return nil
}

// conn is a connection that keeps what it is told.
type conn struct {
	id     string
	events []string
	closed bool
}

func (c *conn) ID() string { return c.id }
func (c *conn) Emit(event string, _ ...any) error {
	c.events = append(c.events, event)
	return nil
}
func (c *conn) Call(context.Context, string, ...any) (json.RawMessage, error) { return nil, nil }
func (c *conn) Principal() *access.Principal                                  { return principalOf("lamp", "") }

func (c *conn) Deliver(event string, _ []byte, _ bool, _ func(error)) error { return c.Emit(event) }
func (c *conn) Close()                                                      { c.closed = true }

func newService(t *testing.T) (*Service, *memoryRecords) {
	t.Helper()
	r := &memoryRecords{data: map[[2]string][]byte{}}
	s, err := New(Options{Records: r})
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

const nonce = "00112233445566778899aabbccddeeff"

func TestOnlyTheRightProofPasses(t *testing.T) {
	s, _ := newService(t)
	_, key, err := s.Add("lamp", "Lamp", access.Local())
	if err != nil {
		t.Fatal(err)
	}
	right := func(c *Challenge, key, id, nonce string) string { return proof(key, "device", id, nonce, c.Nonce) }
	for _, c := range []struct {
		what   string
		id     string
		nonce  string
		answer func(*Challenge) string
	}{
		{"another key", "lamp", nonce, func(c *Challenge) string { return right(c, randomHex(keyBytes), "lamp", nonce) }},
		{"the gateway's own proof", "lamp", nonce, func(c *Challenge) string { return c.Proof }},
		{"another id", "lamb", nonce, func(c *Challenge) string { return right(c, key, "lamb", nonce) }},
		{"another's id", "lamb", nonce, func(c *Challenge) string { return right(c, key, "lamp", nonce) }},
		{"a nonce that is none", "lamp", "short", func(c *Challenge) string { return right(c, key, "lamp", "short") }},
		{"nothing", "lamp", nonce, func(*Challenge) string { return "" }},
	} {
		ch := s.Challenge(c.id, c.nonce)
		if _, err := s.Enter(ch, c.answer(ch), &conn{}, ""); err == nil || err.Error() != refused().Error() {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	ch := s.Challenge("lamp", nonce)
	if ch.Proof != proof(key, "gateway", "lamp", nonce, ch.Nonce) {
		t.Error("the gateway did not prove that it knows the key")
	}
	x, err := s.Enter(ch, right(ch, key, "lamp", nonce), &conn{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if p := x.Principal(); !access.Check(p, access.Write, "devices/lamp/x") || access.Check(p, access.Read, "devices/other/x") {
		t.Errorf("it may %v", p)
	}
	if _, err := s.Enter(ch, right(ch, key, "lamp", nonce), &conn{}, ""); err == nil {
		t.Error("the same challenge was passed twice")
	}
	again := s.Challenge("lamp", nonce)
	if _, err := s.Enter(again, right(again, key, "lamp", nonce), &conn{}, ""); err == nil {
		t.Error("a nonce was taken twice")
	}
}

// A challenge under way is worth nothing once the key is another one, or the board is revoked.
func TestChallengesEndWithTheKey(t *testing.T) {
	s, _ := newService(t)
	for what, do := range map[string]func() error{
		"a new key":  func() error { var err error; _, _, err = s.NewKey("lamp", ""); return err },
		"revocation": func() error { return s.Remove("lamp", "") },
	} {
		_ = s.Remove("lamp", "") // of the case before
		_, key, err := s.Add("lamp", "Lamp", access.Local())
		if err != nil {
			t.Fatal(err)
		}
		c := s.Challenge("lamp", nonce)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Enter(c, proof(key, "device", "lamp", nonce, c.Nonce), &conn{}, ""); err == nil {
			t.Errorf("%s: let in all the same", what)
		}
	}
}

func TestNothingIsInForceThatIsNotOnDisk(t *testing.T) {
	s, r := newService(t)
	_, _, _ = s.Add("lamp", "Lamp", access.Local())
	if _, err := s.Desire("lamp", json.RawMessage(`{"on":true}`)); err != nil {
		t.Fatal(err)
	}
	r.fail = context.DeadlineExceeded
	if _, _, err := s.Add("plug", "Plug", access.Local()); err == nil || s.Has("plug") {
		t.Error("a board that is not on disk was made")
	}
	if _, err := s.Desire("lamp", json.RawMessage(`{"on":false}`)); err == nil {
		t.Error("a desired document that is not on disk was taken")
	}
	if d, _ := s.Shadow("lamp"); string(d.Desired) != `{"on":true}` || d.Version != 1 {
		t.Errorf("desired is %s, version %d", d.Desired, d.Version)
	}
	if err := s.Remove("lamp", ""); err == nil || !s.Has("lamp") {
		t.Error("a board that is still on disk was removed")
	}
	r.fail = nil
	again, err := New(Options{Records: r})
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := again.Shadow("lamp"); string(d.Desired) != `{"on":true}` || d.Version != 1 {
		t.Errorf("after a restart desired is %s, version %d", d.Desired, d.Version)
	}
}
