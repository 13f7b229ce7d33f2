package flash_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gateway/internal/flash"
	"gateway/internal/flash/image"
	"gateway/internal/flash/port"
	"gateway/internal/flash/simulator"
)

// bench is a simulated board and a gateway that it may come to.
type bench struct {
	*flash.Provisioner
	t     *testing.T
	board *simulator.Board
	link  string
	img   []byte

	mu sync.Mutex
	tr *flash.Tracker // of the newest job
}

func newBench(t *testing.T, faults ...simulator.Fault) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{Provisioner: provisioner(t), t: t, img: simulator.ImageOf(200 << 10)}
	dir := t.TempDir()
	b.link = filepath.Join(dir, "tty")
	var err error
	b.board, err = simulator.Start(simulator.Options{
		Dir: dir, Link: b.link, Fast: true, Faults: faults, Log: func(line string) { t.Log("board:", line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.board.Close)
	return b
}

// Online takes a board's word on its serial line for its word on the bus.
func (b *bench) Online(ctx context.Context, id string) (flash.Hello, error) {
	for {
		for _, l := range b.tracker().Job().Log {
			if l.From == flash.FromBoard && strings.Contains(l.Text, here+" "+id) {
				return flash.Hello{Version: "v1"}, nil
			}
		}
		select {
		case <-ctx.Done():
			return flash.Hello{}, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (b *bench) tracker() *flash.Tracker {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tr
}

func (b *bench) work(kind flash.Kind) flash.Work {
	return flash.Work{Kind: kind, Port: b.link, Image: b.img, Order: order()}
}

// run does work; at is called as soon as a phase has begun, in a goroutine of its own.
func (b *bench) run(ctx context.Context, w flash.Work, at map[flash.Phase]func()) (flash.Job, *flash.Failure) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var tr *flash.Tracker
	var events sync.WaitGroup
	begun := map[flash.Phase]*sync.Once{}
	for p := range at {
		begun[p] = &sync.Once{}
	}
	ready := make(chan struct{})
	tr = flash.NewTracker("job", w, func() {
		<-ready
		j := tr.Job()
		for _, p := range j.Phases {
			if do := at[p.Name]; do != nil && p.State == flash.Running && (p.Total == 0 || p.Done > 0) {
				begun[p.Name].Do(func() { events.Go(do) })
			}
		}
	})
	close(ready)
	b.mu.Lock()
	b.tr = tr
	b.mu.Unlock()
	err := flash.Run(ctx, w, b, tr, flash.Tools{Within: 45 * time.Second})
	events.Wait()
	j := tr.Job()
	for _, l := range j.Log {
		b.t.Logf("%s: %s", l.From, l.Text)
	}
	if err == nil {
		return j, nil
	}
	var f *flash.Failure
	if !errors.As(err, &f) || f != j.Failure {
		b.t.Fatalf("%v is no failure of the job", err)
	}
	return j, f
}

// mustRun is run for work that has to succeed.
func (b *bench) mustRun(w flash.Work) flash.Job {
	b.t.Helper()
	j, f := b.run(b.t.Context(), w, nil)
	if f != nil {
		b.t.Fatalf("%s: %v", f.Phase, f)
	}
	if j.State != flash.Done || j.Board != "lamp" {
		b.t.Fatalf("%+v", j)
	}
	return j
}

// holds looks whether the board holds what it should.
func (b *bench) holds() {
	b.t.Helper()
	want := image.ForFlash(b.img, 4<<20)
	if !bytes.Equal(b.board.Flash()[:len(want)], want) {
		b.t.Error("the flash does not hold the image")
	}
	for name, text := range map[string]string{"/cfg.json": `"id":"lamp"`, "/a/app.py": "print('app')", "/a/lib/x.py": "x = 1", "/main.py": here, "/a/bundle.json": "v1"} {
		if data, err := b.board.File(name); err != nil || !strings.Contains(string(data), text) {
			b.t.Errorf("%s holds %q, %v", name, data, err)
		}
	}
}

func TestFromABareBoardToOnline(t *testing.T) {
	b := newBench(t)
	j := b.mustRun(b.work(flash.Full))
	b.holds()
	if j.Chip == nil || j.Chip.MAC != simulator.MAC || j.Baud != 460800 || j.Suggestion == nil || j.Percent != 100 {
		t.Errorf("%+v", j)
	}
	for _, l := range j.Log {
		if strings.Contains(l.Text, password) {
			t.Errorf("the log gives the password away: %s", l.Text)
		}
	}
	if !strings.Contains(log(j), "["+"['home', '***']]") {
		t.Errorf("the board did not say what it was given:\n%s", log(j))
	}

	// And again, as files only: what was there before takes no part any more.
	w := b.work(flash.Files)
	w.Order.ID = "lamp"
	j = b.mustRun(w)
	b.holds()
	if len(b.Boards.Boards()) != 1 || len(j.Phases) != 4 {
		t.Errorf("%d boards, %+v", len(b.Boards.Boards()), j.Phases)
	}
}

func log(j flash.Job) string {
	var s strings.Builder
	for _, l := range j.Log {
		s.WriteString(l.From + ": " + l.Text + "\n")
	}
	return s.String()
}

func TestFaultsThatDoNotMatter(t *testing.T) {
	for _, fault := range []simulator.Fault{simulator.Block97, simulator.Noise, simulator.Slow} {
		t.Run(string(fault), func(t *testing.T) {
			b := newBench(t, fault)
			b.mustRun(b.work(flash.Full))
			b.holds()
		})
	}
}

func TestBoardsThatAreRefusedKeepTheirFlash(t *testing.T) {
	for name, c := range map[string]struct {
		faults []simulator.Fault
		change func(*flash.Work)
		reason flash.Reason
	}{
		"another chip":      {[]simulator.Fault{simulator.ESP32}, nil, flash.IsOther},
		"a flash too small": {[]simulator.Fault{simulator.Short}, func(w *flash.Work) { w.Image = simulator.Image() }, flash.IsImage},
		"half an image":     {nil, func(w *flash.Work) { w.Image = w.Image[:len(w.Image)/2] }, flash.IsImage},
		"no image":          {nil, func(w *flash.Work) { w.Image = nil }, flash.IsImage},
		"a bad order":       {nil, func(w *flash.Work) { w.Order.Template = "none" }, flash.IsInternal},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.faults...)
			before := b.board.Flash()
			w := b.work(flash.Erase)
			if c.change != nil {
				c.change(&w)
			}
			j, f := b.run(t.Context(), w, nil)
			if f == nil || f.Reason != c.reason || f.Phase != flash.Connect || f.Detail == "" || j.State != flash.Failed {
				t.Errorf("%+v", f)
			}
			if !bytes.Equal(before, b.board.Flash()) {
				t.Error("the flash was changed")
			}
			if n := len(b.Boards.Boards()); n != 0 {
				t.Errorf("%d boards were made", n)
			}
		})
	}
}

func TestUnpluggedAtEachPhase(t *testing.T) {
	for _, phase := range []flash.Phase{flash.Connect, flash.Erasing, flash.Write, flash.Verify, flash.Push, flash.Online} {
		t.Run(string(phase), func(t *testing.T) {
			b := newBench(t)
			w := b.work(flash.Erase)
			_, f := b.run(t.Context(), w, map[flash.Phase]func(){phase: b.board.Unplug})
			if f == nil {
				t.Skip("it was quicker than the hand at the cable")
			}
			if f.Reason != flash.IsGone || !strings.Contains(f.Error(), "unplugged") && !strings.Contains(f.Error(), "no such port") {
				t.Errorf("%s: %s: %v", f.Phase, f.Reason, f)
			}
			if err := b.board.Plug(); err != nil {
				t.Fatal(err)
			}
			b.free()
			b.mustRun(w)
			b.holds()
			if n := len(b.Boards.Boards()); n != 1 {
				t.Errorf("%d boards were made", n)
			}
		})
	}
}

func TestGivenUpAtEachPhase(t *testing.T) {
	for _, phase := range []flash.Phase{flash.Erasing, flash.Write, flash.Verify, flash.Push, flash.Online} {
		t.Run(string(phase), func(t *testing.T) {
			b := newBench(t)
			w := b.work(flash.Erase)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			j, f := b.run(ctx, w, map[flash.Phase]func(){phase: cancel})
			if f == nil {
				t.Skip("it was done before it could be given up")
			}
			if f.Reason != flash.IsCancelled || j.State != flash.Cancelled {
				t.Errorf("%s: %s: %v", f.Phase, f.Reason, f)
			}
			b.free()
			b.mustRun(w)
			b.holds()
		})
	}
}

// free waits until nobody has the port. The board's MicroPython is started by this process: until it has become another program it
// holds on to what is open here.
func (b *bench) free() {
	b.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		p, err := port.Open(b.link, 115200)
		if err == nil {
			_ = p.Close()
			return
		}
		if !errors.Is(err, port.ErrBusy) || time.Now().After(end) {
			b.t.Fatal(err)
		}
	}
}

func TestABusyPort(t *testing.T) {
	b := newBench(t)
	p, err := port.Open(b.link, 115200)
	if err != nil {
		t.Fatal(err)
	}
	_, f := b.run(t.Context(), b.work(flash.Full), nil)
	if f == nil || f.Reason != flash.IsBusy {
		t.Errorf("%+v", f)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	b.mustRun(b.work(flash.Full))
}

func TestABoardInACrashLoopIsTakenOver(t *testing.T) {
	b := newBench(t, simulator.CrashLoop)
	_, f := b.run(t.Context(), b.work(flash.Full), nil)
	if f != nil && f.Phase != flash.Online {
		t.Errorf("%s: %v", f.Phase, f)
	}
	b.holds()
}

func TestAWrongPasswordIsSaid(t *testing.T) {
	b := newBench(t, simulator.WiFiWrong)
	w := b.work(flash.Full)
	b.Main = []byte("import time\nfor n in range(50):\n    print('wifi: home')\n    print('wifi: wrong password')\n    time.sleep(0.02)\n")
	_, f := b.run(t.Context(), w, nil)
	if f == nil || f.Reason != flash.IsWiFi || f.Phase != flash.Online || !strings.Contains(f.Detail, "the password is wrong") {
		t.Errorf("%+v", f)
	}
}

func TestButtonsByHand(t *testing.T) {
	t.Run("into the loader", func(t *testing.T) {
		b := newBench(t, simulator.Manual)
		b.byHand(flash.Connect, b.board.Loader)
	})
	t.Run("out of the loader", func(t *testing.T) {
		b := newBench(t, simulator.NeverResets)
		b.byHand(flash.Verify, b.board.Reset)
	})
}

// byHand runs a job that asks for hands in a phase.
func (b *bench) byHand(phase flash.Phase, press func()) {
	t := b.t
	w := b.work(flash.Full)
	var once sync.Once
	tr := flash.NewTracker("job", w, nil)
	b.tr = tr
	done := make(chan error, 1)
	go func() { done <- flash.Run(t.Context(), w, b, tr, flash.Tools{Within: 45 * time.Second}) }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("%v\n%s", err, log(tr.Job()))
			}
			b.holds()
			return
		case <-time.After(10 * time.Millisecond):
			if j := tr.Job(); j.Manual {
				once.Do(func() {
					if j.Phase != phase {
						t.Errorf("hands are asked for in the phase %s", j.Phase)
					}
					press()
				})
			}
		case <-time.After(patience):
			t.Fatal("it takes too long")
		}
	}
}
