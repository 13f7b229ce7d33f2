package load

import "time"

// Result is what one run measured.
type Result struct {
	Expected, Delivered int64
	PerSecond           float64       // deliveries, over the time to the last publish or the last delivery, whichever is later
	P50, P99            time.Duration // from publish to delivery
	OutOfOrder          int64         // deliveries not later in sequence than the one before, per connection and topic
	Lost                int64         // connections that ended although they read
	CutOff              int64         // stalled connections that the server closed
	CPUPerEvent         time.Duration // server's CPU time for one delivery
	CPUShare            float64       // server's CPU time, in cores
	GeneratorShare      float64       // this process's; near 1 the generator is the limit
	OtherShare          float64       // all other processes', in cores
	RSS                 float64       // MiB resident at the end of the window
	Heap                float64       // MiB of heap and stacks in use at the end of the window, with garbage; 0 if not told
	Settled             float64       // the same after Spec.Settle, when garbage was collected; 0 without
	RSSPerConn          float64       // KiB resident more for each connection
	HeapPerConn         float64       // KiB of heap and stacks more for each connection; 0 if not told
	GoroutinesPerConn   float64       // 0 with Node, or if not told
}

// disturbance is what other processes may use, in cores, before figures stop to be comparable: a server that has to
// wait for a core gathers more for each write.
const disturbance = 0.3

// Disturbed says that other processes used so much CPU time that the figures are doubtful.
func (r Result) Disturbed() bool { return r.OtherShare > disturbance }

// DeliveredShare is the part delivered of what was due, 0 to 1.
func (r Result) DeliveredShare() float64 {
	return float64(r.Delivered) / float64(max(r.Expected, 1))
}
