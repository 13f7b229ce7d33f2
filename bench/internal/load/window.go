package load

import (
	"os"
	"time"

	"gateway/bench/internal/proc"
)

// window is the time between two looks at the processes.
type window struct {
	pid   int
	begin time.Time
	spent spent
}

func openWindow(pid int) (w window, err error) {
	w = window{pid: pid, begin: time.Now()}
	w.spent, err = look(pid)
	return w, err
}

// close adds what the window cost. Delivered must be set.
func (w window) close(r *Result) error {
	now, err := look(w.pid)
	passed := float64(time.Since(w.begin))
	server, generator := now.server-w.spent.server, now.generator-w.spent.generator
	r.CPUShare = float64(server) / passed
	r.GeneratorShare = float64(generator) / passed
	r.OtherShare = max(float64(now.all-w.spent.all-server-generator)/passed, 0)
	r.CPUPerEvent = server / time.Duration(max(r.Delivered, 1))
	return err
}

// spent is CPU time.
type spent struct {
	server    time.Duration // 0 without a process id
	generator time.Duration // this process
	all       time.Duration // all processes of the machine
}

func look(pid int) (s spent, err error) {
	if s.all, err = proc.Busy(); err != nil {
		return s, err
	}
	if s.generator, err = proc.CPU(os.Getpid()); err != nil || pid == 0 {
		return s, err
	}
	s.server, err = proc.CPU(pid)
	return s, err
}
