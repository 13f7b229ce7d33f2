package socketio

import "sync"

const (
	// maxJobs and maxJobBytes bound the events of one socket that wait for
	// their handler. Beyond them its connection is not read.
	maxJobs     = 256
	maxJobBytes = 256 << 10
)

// job is something a socket's handlers have to do.
type job struct {
	event *Event
	bytes int
	do    func() // where it is not an event
}

// work is the queue of one socket's jobs. They run one after the other, on a
// goroutine that is the socket's only while there are some.
type work struct {
	pool *pool
	run  func(job)

	mu      sync.Mutex
	jobs    []job
	bytes   int
	running bool
	space   chan struct{} // closed once there is room again; nil when nobody waits
}

// add queues a job, without regard to bounds.
func (w *work) add(j job, bytes int) {
	j.bytes = bytes
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, j)
	w.bytes += bytes
	if !w.running {
		w.running = true
		w.pool.start(w)
	}
}

// full reports whether another job has to wait.
func (w *work) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.crowded()
}

func (w *work) crowded() bool { return len(w.jobs) >= maxJobs || w.bytes >= maxJobBytes }

// wait returns when there is room for another job, or gone is closed.
func (w *work) wait(gone <-chan struct{}) {
	for {
		w.mu.Lock()
		if !w.crowded() {
			w.mu.Unlock()
			return
		}
		if w.space == nil {
			w.space = make(chan struct{})
		}
		space := w.space
		w.mu.Unlock()
		select {
		case <-space:
		case <-gone:
			return
		}
	}
}

// drain runs jobs until there are none.
func (w *work) drain() {
	for {
		w.mu.Lock()
		if len(w.jobs) == 0 {
			w.jobs, w.running = nil, false
			w.mu.Unlock()
			return
		}
		j := w.jobs[0]
		w.jobs[0] = job{}
		w.jobs = w.jobs[1:]
		w.bytes -= j.bytes
		if w.space != nil {
			close(w.space)
			w.space = nil
		}
		w.mu.Unlock()
		w.run(j)
	}
}
