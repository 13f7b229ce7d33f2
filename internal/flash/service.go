package flash

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gateway/internal/fault"
	"gateway/internal/flash/port"
	"gateway/internal/flash/rom"
)

const (
	maxJobs   = 20                     // that are remembered
	tellEvery = 250 * time.Millisecond // pages hear of a job
	lookEach  = time.Second            // for ports that come and go, while somebody watches
)

// Options are what a [Service] is made of.
type Options struct {
	Gateway *Provisioner
	Images  *Images
	WiFi    *WiFi
	Pin     Pin
	Ports   []string // names and patterns beside those that are found
	Baud    int      // the highest to try
	Tools   Tools
	List    func(extra []string) ([]port.Info, error) // nil: the machine's

	// Watched reports whether anybody looks; Told and Changed are for whom does. They must not block.
	Watched func() bool
	Told    func([]PortState) // the ports have changed
	Changed func(Job)         // its Log holds only what is new
	Logger  *slog.Logger      // nil means nowhere
}

// Service flashes boards that hang at this machine: one job a port at a time.
type Service struct {
	Options
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	making sync.Mutex // held while a board is made for a job; taken before mu

	mu    sync.Mutex
	jobs  []*active           // oldest first
	held  map[string]string   // real name of a port -> id of the job or look that has it
	chips map[string]rom.Chip // by name of the port
	ports []PortState         // as pages know them
}

// active is a job of the service.
type active struct {
	id     string
	work   Work
	keep   bool // the Wi-Fi, when it has worked
	t      *Tracker
	cancel context.CancelFunc
	makes  string // id of the board that it makes while it runs; guarded by the service's mu

	telling sync.Mutex
	due     bool      // a timer will tell
	told    time.Time // last
	line    int       // the last that was told
}

// PortState is a port and what is known of it.
type PortState struct {
	port.Info
	Job  string    // that has it now
	Busy string    // why it cannot be used now
	Chip *rom.Chip // what answered there last
}

// New returns a service; call [Service.Run].
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.List == nil {
		o.List = port.List
	}
	if o.Watched == nil {
		o.Watched = func() bool { return false }
	}
	o.Tools.Logger = o.Logger
	s := &Service{Options: o, held: map[string]string{}, chips: map[string]rom.Chip{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Run watches the ports while somebody looks, until ctx ends; then it ends the jobs.
func (s *Service) Run(ctx context.Context) {
	defer s.work.Wait()
	defer s.stop()
	tick := time.NewTicker(lookEach)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.Watched() {
			s.look()
		}
	}
}

// look tells pages of ports that came, went or changed.
func (s *Service) look() {
	list, err := s.Ports()
	if err != nil {
		s.Logger.Debug("the serial ports cannot be listed", "err", err)
		return
	}
	s.mu.Lock()
	same := slices.EqualFunc(list, s.ports, PortState.equal)
	s.ports = list
	s.mu.Unlock()
	if !same && s.Told != nil {
		s.Told(list)
	}
}

func (p PortState) equal(q PortState) bool {
	return p.Info == q.Info && p.Job == q.Job && p.Busy == q.Busy && (p.Chip == q.Chip || p.Chip != nil && q.Chip != nil && *p.Chip == *q.Chip)
}

// Ports lists what boards may hang at.
func (s *Service) Ports() ([]PortState, error) {
	infos, err := s.List(s.Options.Ports)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the serial ports cannot be listed: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	here := map[string]bool{}
	list := []PortState{}
	for _, i := range infos {
		here[i.Name] = true
		p := PortState{Info: i}
		if c, known := s.chips[i.Name]; known {
			p.Chip = &c
		}
		if id, taken := s.held[real(i.Name)]; taken {
			p.Busy = "this gateway is using it"
			if !strings.HasPrefix(id, lookPrefix) {
				p.Job = id
			}
		}
		list = append(list, p)
	}
	for name := range s.chips { // another board may be plugged in next
		if !here[name] {
			delete(s.chips, name)
		}
	}
	return list, nil
}

// real is the name behind links, which tells whether two are the same port.
func real(name string) string {
	if to, err := filepath.EvalSymlinks(name); err == nil {
		return to
	}
	return name
}

// find refuses names that are no serial port of this machine: nobody opens other files by this.
func (s *Service) find(name string) error {
	list, err := s.Ports()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(p PortState) bool { return p.Name == name || real(p.Name) == real(name) }) {
		return missing("serial port", name)
	}
	return nil
}

// hold takes a port for a job, or says who has it.
func (s *Service) hold(name, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := real(name)
	if by, taken := s.held[at]; taken {
		if strings.HasPrefix(by, lookPrefix) {
			return conflict("%s is being looked at: try again in a moment", name)
		}
		return conflict("%s is busy: job %s has it", name, by)
	}
	s.held[at] = id
	return nil
}

// release gives back what hold took under the name that it had then: a link may point elsewhere by now.
func (s *Service) release(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, by := range s.held {
		if by == id {
			delete(s.held, at)
		}
	}
}

// Detect asks what hangs at a port.
func (s *Service) Detect(ctx context.Context, name string) (rom.Chip, error) {
	if err := s.find(name); err != nil {
		return rom.Chip{}, err
	}
	look := lookPrefix + newID()
	if err := s.hold(name, look); err != nil {
		return rom.Chip{}, err
	}
	defer s.release(look)
	wire, err := s.Tools.open(name, defaultBaud)
	if err != nil {
		return rom.Chip{}, refused(failed(Connect, err))
	}
	defer wire.Close()
	l, err := rom.Connect(ctx, wire, rom.Options{Bauds: speeds(s.baud(0)), Log: s.Logger})
	if err != nil {
		return rom.Chip{}, refused(failed(Connect, err))
	}
	c := l.Chip()
	s.mu.Lock()
	s.chips[name] = c
	s.mu.Unlock()
	return c, l.Boot(ctx)
}

func (s *Service) baud(asked int) int {
	switch {
	case asked > 0:
		return asked
	case s.Options.Baud > 0:
		return s.Options.Baud
	}
	return defaultBaud
}

// lookPrefix begins the names of looks, as against those of jobs.
const lookPrefix = "look-"

func newID() string { return strings.ToLower(rand.Text()[:8]) }
