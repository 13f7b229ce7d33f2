package socketio

import (
	"net/url"
	"strings"
)

// matcher decides whether a dynamic namespace may come to be.
type matcher func(name string) (params map[string]string, ok bool)

// Namespace returns the namespace with the name, or the one that stands for
// all whose names match a pattern with captures, as "/home/{room}". A capture is
// one non-empty level of the name; its percent-decoded value is in [Handshake.Params].
// The same pattern gives the same namespace. "/" is added where it is missing in front.
func (s *Server) Namespace(pattern string) *Namespace {
	if !strings.HasPrefix(pattern, "/") {
		pattern = "/" + pattern
	}
	if strings.Contains(pattern, "{") {
		return s.addParent(pattern, patternMatcher(pattern))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.Lookup(pattern); n != nil && n.parent == nil {
		return n
	}
	n := &Namespace{srv: s, name: pattern}
	s.live.Store(pattern, n)
	s.names++
	return n
}

// NamespaceFunc returns the namespace that stands for all whose names match
// accepts. They come to be with their first socket, and go with the last one.
// Static namespaces come first, then dynamic ones in the order of their registration.
func (s *Server) NamespaceFunc(match func(name string) bool) *Namespace {
	return s.addParent("", func(name string) (map[string]string, bool) { return nil, match(name) })
}

// addParent registers a dynamic namespace, unless it is a pattern that is known.
func (s *Server) addParent(pattern string, m matcher) *Namespace {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.parents {
		if pattern != "" && p.name == pattern {
			return p
		}
	}
	n := &Namespace{srv: s, name: pattern, match: m, children: make(map[string]*Namespace)}
	s.parents = append(s.parents, n)
	return n
}

// resolve returns what sockets that ask for the name go to: a static
// namespace, or a parent with the values of its captures, or nil.
func (s *Server) resolve(name string) (*Namespace, map[string]string) {
	if n := s.Lookup(name); n != nil && n.parent == nil {
		return n, nil
	}
	s.mu.Lock()
	parents := s.parents
	s.mu.Unlock()
	for _, p := range parents {
		if params, ok := p.match(name); ok {
			return p, params
		}
	}
	return nil, nil
}

// enter returns the namespace itself, or the child with the name of a parent.
// Each success must be followed by one leave.
func (n *Namespace) enter(name string) (*Namespace, error) {
	if n.match == nil {
		return n, nil
	}
	s := n.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	c := n.children[name]
	if c == nil {
		if s.dynamic >= s.o.MaxDynamicNamespaces {
			return nil, errTooManyNamespaces
		}
		c = &Namespace{srv: s, name: name, parent: n}
		n.children[name] = c
		s.live.Store(name, c)
		s.names++
		s.dynamic++
	}
	c.users++
	return c, nil
}

// leave lets a child go with its last socket, or the last that may come back.
func (n *Namespace) leave() {
	if n.parent == nil {
		return
	}
	if n.srv.release(n) {
		n.mu.Lock()
		n.log.clear(n.srv.recovery)
		n.used = false
		n.mu.Unlock()
	}
}

// release counts one user less, and reports whether that was the last.
func (s *Server) release(n *Namespace) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.users--; n.users > 0 {
		return false
	}
	delete(n.parent.children, n.name)
	s.live.CompareAndDelete(n.name, n)
	s.names--
	s.dynamic--
	return true
}

// patternMatcher makes a matcher of "/home/{room}".
func patternMatcher(pattern string) matcher {
	want := strings.Split(pattern, "/")
	return func(name string) (map[string]string, bool) {
		levels := strings.Split(name, "/")
		if len(levels) != len(want) {
			return nil, false
		}
		params := make(map[string]string)
		for i, w := range want {
			if !matchLevel(w, levels[i], params) {
				return nil, false
			}
		}
		return params, true
	}
}

// matchLevel compares one level, and keeps the value of a capture.
func matchLevel(want, level string, params map[string]string) bool {
	if !strings.HasPrefix(want, "{") || !strings.HasSuffix(want, "}") {
		return want == level
	}
	v, err := url.PathUnescape(level)
	if err != nil || v == "" {
		return false
	}
	params[want[1:len(want)-1]] = v
	return true
}
