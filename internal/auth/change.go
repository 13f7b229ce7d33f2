package auth

import "gateway/internal/access"

// Change says that some principals may do less, more or nothing from now on. Whoever holds connections asks [Service.Current]
// for each principal that Match picks, and cuts those that are nobody any more, saying Reason.
type Change struct {
	Match  func(*access.Principal) bool
	Reason string // a short sentence for a person: "token lamp was removed"
}

// OnChange has fn called after each change, in the goroutine that made it and without locks held: when it is called, new
// requests are judged by the new state already. Register before anything is served. To miss nothing, a connection that was
// identified before it was registered asks [Service.Current] once it is.
func (s *Service) OnChange(fn func(Change)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, fn)
}

func (s *Service) tell(c Change) {
	s.mu.RLock()
	listeners := s.listeners
	s.mu.RUnlock()
	for _, fn := range listeners {
		fn(c)
	}
}

// Current returns what p is now: p itself when nothing has changed, another principal when it may do other things, and nil when
// it may not be here any more. It costs a look into a map.
func (s *Service) Current(p *access.Principal) *access.Principal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch p.Kind {
	case access.KindToken, access.KindDevice:
		if t := s.tokens[p.ID]; t != nil && t.Grant == p.Grant && !t.expired(s.clock.wall()) {
			return t.principal
		}
		return nil
	case access.KindUser:
		if x := s.sessions[p.Session]; x != nil && !x.over(s.clock.elapsed()) {
			return x.principal
		}
		return nil
	}
	return p // anonymous clients come and go with the configuration, the gateway itself never
}

// ofToken matches the connections of one token, ofUser those of one person, ofSession those of one login.
func ofToken(id string) func(*access.Principal) bool {
	return func(p *access.Principal) bool {
		return (p.Kind == access.KindToken || p.Kind == access.KindDevice) && p.ID == id
	}
}

func ofUser(id string) func(*access.Principal) bool {
	return func(p *access.Principal) bool { return p.Kind == access.KindUser && p.ID == id }
}

func ofSession(id string) func(*access.Principal) bool {
	return func(p *access.Principal) bool { return p.Kind == access.KindUser && p.Session == id }
}
