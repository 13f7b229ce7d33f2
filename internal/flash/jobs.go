package flash

import (
	"context"
	"errors"
	"slices"
	"time"

	"gateway/internal/device"
	"gateway/internal/fault"
)

// Start flashes a board in the background. keep keeps the Wi-Fi for the next one, once this one has joined it.
func (s *Service) Start(w Work, keep bool) (Job, error) {
	if err := s.Gateway.Check(w.Order); err != nil {
		return Job{}, err
	}
	if err := s.find(w.Port); err != nil {
		return Job{}, err
	}
	w.Baud = s.baud(w.Baud)
	if w.Kind != Files {
		data, err := s.Images.Data()
		if errors.Is(err, ErrNoImage) {
			return Job{}, conflict("%s", sentence(err))
		}
		if err != nil {
			return Job{}, err
		}
		w.Image = data
	}
	return s.launch(w, keep)
}

func (s *Service) launch(w Work, keep bool) (Job, error) {
	if s.ctx.Err() != nil {
		return Job{}, fault.New(fault.Unavailable, "the gateway is stopping")
	}
	id := newID()
	if err := s.hold(w.Port, id); err != nil {
		return Job{}, err
	}
	ctx, cancel := context.WithCancel(s.ctx)
	a := &active{id: id, work: w, keep: keep, cancel: cancel}
	a.t = NewTracker(id, w, func() { s.tell(a) })
	s.mu.Lock()
	s.jobs = append(s.jobs, a)
	s.forget()
	s.mu.Unlock()
	s.work.Go(func() {
		defer cancel()
		s.run(ctx, a)
	})
	return a.t.Job(), nil
}

// forget forgets the oldest jobs that have ended; called with the lock held.
func (s *Service) forget() {
	for len(s.jobs) > maxJobs {
		over := slices.IndexFunc(s.jobs, func(a *active) bool { return a.t.Job().State != Running })
		if over < 0 {
			return
		}
		s.jobs = slices.Delete(s.jobs, over, over+1)
	}
}

func (s *Service) run(ctx context.Context, a *active) {
	err := Run(ctx, a.work, maker{s.Gateway, s, a}, a.t, s.Tools)
	s.release(a.id)
	s.mu.Lock()
	a.makes, a.work.Image = "", nil // another attempt takes the image that is there then
	s.mu.Unlock()
	j := a.t.Job()
	s.Logger.Info("a flash job ended", "job", a.id, "port", a.work.Port, "board", j.Board, "state", j.State, "err", err)
	if j.Chip != nil {
		s.mu.Lock()
		s.chips[a.work.Port] = *j.Chip
		s.mu.Unlock()
	}
	if o := a.work.Order; err == nil && a.keep && o.SSID != "" && o.Password != nil {
		if err := s.WiFi.Keep(o.SSID, *o.Password); err != nil {
			s.Logger.Error("the Wi-Fi for boards is not kept", "err", err)
		}
	}
	if s.Watched() {
		s.look()
	}
}

// maker is the gateway of a job, or of a kit when there is none: it takes no board from a job that is making it.
type maker struct {
	*Provisioner
	s *Service
	a *active
}

// Provision implements [Gateway].
func (m maker) Provision(_ context.Context, o Order) (Kit, error) {
	m.s.making.Lock()
	defer m.s.making.Unlock()
	k, err := m.provision(o, m.others)
	if err == nil && m.a != nil {
		m.s.mu.Lock()
		m.a.makes = k.Board.ID
		m.s.mu.Unlock()
	}
	return k, err
}

// others reports whether another job is making a board.
func (m maker) others(id string) bool {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	return slices.ContainsFunc(m.s.jobs, func(a *active) bool { return a != m.a && a.makes == id })
}

// tell tells pages how a job stands, a few times a second at most, and always how it ended.
func (s *Service) tell(a *active) {
	if s.Changed == nil {
		return
	}
	a.telling.Lock()
	defer a.telling.Unlock()
	if a.due {
		return
	}
	a.due = true
	time.AfterFunc(max(0, tellEvery-time.Since(a.told)), func() { s.tellNow(a) })
}

func (s *Service) tellNow(a *active) {
	a.telling.Lock()
	defer a.telling.Unlock()
	a.due, a.told = false, time.Now()
	if !s.Watched() {
		return
	}
	j := a.t.Job()
	fresh := slices.IndexFunc(j.Log, func(l Line) bool { return l.N > a.line })
	if fresh < 0 {
		fresh = len(j.Log)
	}
	if n := len(j.Log); n > 0 {
		a.line = j.Log[n-1].N
	}
	j.Log = j.Log[fresh:]
	s.Changed(j)
}

// Jobs lists those that are remembered, the newest first.
func (s *Service) Jobs() []Job {
	s.mu.Lock()
	all := slices.Clone(s.jobs)
	s.mu.Unlock()
	list := []Job{}
	for _, a := range slices.Backward(all) {
		list = append(list, a.t.Job())
	}
	return list
}

// Job returns one.
func (s *Service) Job(id string) (Job, error) {
	a, err := s.job(id)
	if err != nil {
		return Job{}, err
	}
	return a.t.Job(), nil
}

func (s *Service) job(id string) (*active, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.jobs {
		if a.id == id {
			return a, nil
		}
	}
	return nil, missing("flash job", id)
}

// Cancel ends a job at its next pause; the board can be flashed again.
func (s *Service) Cancel(id string) (Job, error) {
	a, err := s.job(id)
	if err != nil {
		return Job{}, err
	}
	if j := a.t.Job(); j.State != Running {
		return Job{}, conflict("the job is %s already", j.State)
	}
	a.cancel()
	return a.t.Job(), nil
}

// Retry does the work of a job that has ended again, on the same board. kind "" and baud 0 stay as they were.
func (s *Service) Retry(id string, kind Kind, baud int) (Job, error) {
	a, err := s.job(id)
	if err != nil {
		return Job{}, err
	}
	j := a.t.Job()
	if j.State == Running {
		return Job{}, conflict("the job is under way")
	}
	s.mu.Lock()
	w := a.work
	s.mu.Unlock()
	w.Order.ID = j.Board
	if kind != "" {
		w.Kind = kind
	}
	if baud != 0 {
		w.Baud = baud
	}
	return s.Start(w, a.keep)
}

// MakeKit makes a board for who flashes it elsewhere.
func (s *Service) MakeKit(ctx context.Context, o Order, keep bool) (Kit, error) {
	k, err := maker{s.Gateway, s, nil}.Provision(ctx, o)
	if err != nil {
		return Kit{}, err
	}
	if keep && o.SSID != "" && o.Password != nil {
		if err := s.WiFi.Keep(o.SSID, *o.Password); err != nil {
			return Kit{}, fault.New(fault.Unavailable, "the Wi-Fi for boards could not be kept: %w", err)
		}
	}
	return k, nil
}

// Fetch downloads the pinned image and keeps it.
func (s *Service) Fetch(ctx context.Context) (*KeptImage, error) {
	if !s.Pin.Set() {
		return nil, conflict("the config names no image to download: set flash.image_url and flash.image_sha256, or upload one")
	}
	data, err := Download(ctx, s.Pin)
	if err != nil {
		return nil, err
	}
	return s.Images.Put(data, Downloaded)
}

func missing(what, id string) error {
	return &device.Refused{Fault: fault.New(fault.Invalid, "there is no %s %q", what, id), NotFound: true}
}

func conflict(format string, args ...any) error {
	return &device.Refused{Fault: fault.New(fault.Invalid, format, args...), Conflict: true}
}

// refused is a failure as an answer: what has the port or is not there is a conflict with how things are.
func refused(f *Failure) error {
	switch f.Reason {
	case IsBusy, IsGone, IsOther, IsDenied:
		return conflict("%s", f.Error())
	case IsSilent:
		return fault.New(fault.Timeout, "%s", f.Error())
	}
	return fault.New(f.Code, "%s", f.Error())
}
