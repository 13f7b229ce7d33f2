package flash

import "net/http"

// Redirect is what a download follows.
func Redirect(req *http.Request, via []*http.Request) error { return redirect(req, via) }

// UnderWay is the gateway of a job that is under way.
func UnderWay(s *Service) Gateway {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &active{}
	s.jobs = append(s.jobs, a)
	return maker{s.Gateway, s, a}
}
