package flash_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gateway/internal/device"
	"gateway/internal/fault"
	"gateway/internal/flash"
	"gateway/internal/flash/port"
)

// service is one at which no port opens: a job fails as soon as gate lets it.
func service(t *testing.T, gate <-chan struct{}, changed func(flash.Job)) *flash.Service {
	t.Helper()
	p := provisioner(t)
	s := flash.New(flash.Options{
		Gateway: p, WiFi: p.WiFi,
		List: func([]string) ([]port.Info, error) {
			return []port.Info{{Name: "/dev/one"}, {Name: "/dev/two", Adapter: "CH340"}}, nil
		},
		Tools: flash.Tools{Open: func(name string, _ int) (flash.Wire, error) {
			<-gate
			return nil, fault.New(fault.Offline, "%s: %w", name, port.ErrGone)
		}},
		Watched: func() bool { return true },
		Changed: changed,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

func filesTo(port string) flash.Work {
	return flash.Work{Kind: flash.Files, Port: port, Order: order()}
}

func ended(t *testing.T, s *flash.Service, id string) flash.Job {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		j, err := s.Job(id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State != flash.Running {
			return j
		}
		if time.Now().After(end) {
			t.Fatalf("%+v", j)
		}
	}
}

func TestJobsOfTwoPortsRunSideBySide(t *testing.T) {
	gate := make(chan struct{})
	s := service(t, gate, nil)
	one, err := s.Start(filesTo("/dev/one"), false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Start(filesTo("/dev/one"), false)
	var refused *device.Refused
	if !errors.As(err, &refused) || !refused.Conflict || !strings.Contains(err.Error(), one.ID) {
		t.Errorf("the same port: %v", err)
	}
	two, err := s.Start(filesTo("/dev/two"), false)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Ports()
	if err != nil || len(list) != 2 || list[0].Job != one.ID || list[1].Job != two.ID || list[1].Adapter != "CH340" {
		t.Errorf("%+v, %v", list, err)
	}
	close(gate)
	for _, id := range []string{one.ID, two.ID} {
		if j := ended(t, s, id); j.State != flash.Failed || j.Failure.Reason != flash.IsGone {
			t.Errorf("%+v", j)
		}
	}
	again, err := s.Retry(one.ID, "", 0)
	if err != nil || again.ID == one.ID {
		t.Errorf("%+v, %v", again, err)
	}
	ended(t, s, again.ID)
}

func TestOnlyTheNewestJobsAreRemembered(t *testing.T) {
	long, gate := make(chan struct{}), make(chan struct{})
	close(gate)
	s := service(t, gate, nil)
	open := s.Tools.Open
	s.Tools.Open = func(name string, baud int) (flash.Wire, error) {
		if name == "/dev/two" {
			<-long
		}
		return open(name, baud)
	}
	under, err := s.Start(filesTo("/dev/two"), false) // it is not forgotten, nor keeps others from being
	if err != nil {
		t.Fatal(err)
	}
	newest := ""
	for range 30 {
		j, err := s.Start(filesTo("/dev/one"), false)
		if err != nil {
			t.Fatal(err)
		}
		newest = ended(t, s, j.ID).ID
		for busy := true; busy; { // it has ended a moment before the port is free
			list, err := s.Ports()
			if err != nil {
				t.Fatal(err)
			}
			busy = list[0].Job != ""
		}
	}
	if list := s.Jobs(); len(list) != 20 || list[0].ID != newest || list[19].ID != under.ID {
		t.Errorf("%d jobs, the newest %s instead of %s", len(list), list[0].ID, newest)
	}
	close(long)
	ended(t, s, under.ID)
}

func TestPagesHearHowAJobEnds(t *testing.T) {
	gate := make(chan struct{})
	var mu sync.Mutex
	var told []flash.Job
	heard := make(chan struct{})
	s := service(t, gate, func(j flash.Job) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, j)
		if j.State == flash.Failed {
			close(heard)
		}
	})
	if _, err := s.Start(filesTo("/dev/one"), false); err != nil {
		t.Fatal(err)
	}
	close(gate)
	select {
	case <-heard:
	case <-time.After(patience):
		t.Fatal("nobody was told how it ended")
	}
	mu.Lock()
	defer mu.Unlock()
	if n := len(told); n > 5 { // it has far more changes than that in a moment
		t.Errorf("%d times", n)
	}
}

func TestStoppingEndsTheJobs(t *testing.T) {
	p := provisioner(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	opened := make(chan struct{})
	s := flash.New(flash.Options{
		Gateway: p, WiFi: p.WiFi, List: func([]string) ([]port.Info, error) { return []port.Info{{Name: "/dev/one"}}, nil },
		Tools: flash.Tools{Open: func(string, int) (flash.Wire, error) { close(opened); return silent{}, nil }},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	j, err := s.Start(filesTo("/dev/one"), false)
	if err != nil {
		t.Fatal(err)
	}
	<-opened
	cancel()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("a job goes on")
	}
	if j := ended(t, s, j.ID); j.State != flash.Cancelled {
		t.Errorf("%+v", j)
	}
	if _, err := s.Start(filesTo("/dev/one"), false); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a job of a gateway that has ended: %v", err)
	}
}

// silent is a board that says nothing.
type silent struct{}

func (silent) Read(ctx context.Context, _ []byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }
func (silent) Write(context.Context, []byte) error             { return nil }
func (silent) SetBaud(int) error                               { return nil }
func (silent) SetDTR(bool) error                               { return port.ErrNoLines }
func (silent) SetRTS(bool) error                               { return port.ErrNoLines }
func (silent) Discard() error                                  { return nil }
func (silent) Close() error                                    { return nil }
