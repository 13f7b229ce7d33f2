// Package wear measures how much the gateway writes to its disk, which is what an SD card dies of.
package wear

import "time"

// Load is what happens at a gateway, evenly.
type Load struct {
	Name     string
	Topics   int     // that are updated in turn, with 100 bytes each time
	Rate     int     // updates a second, QoS 0
	Commands int     // an hour, QoS 1, each for a persistent session that acknowledges it at once
	Target   float64 // GB a day, at most
	Hope     float64 // GB a day; 0 for none
}

// Loads are those of a home: boards that report, and one that chatters.
func Loads() []Load {
	return []Load{
		{Name: "10 updates/s over 500 topics, 100 commands/hour", Topics: 500, Rate: 10, Commands: 100, Target: 0.25, Hope: 0.2},
		{Name: "200 messages/s over 200 topics", Topics: 200, Rate: 200, Target: 0.6},
	}
}

// usualCheckpoint is the default of state.checkpoint_interval.
const usualCheckpoint = 10 * time.Minute

// Result is what one load had the gateway write: first for a while without a checkpoint, then as long with one.
type Result struct {
	Load
	Half     time.Duration // of the time measured
	Log      int64         // bytes in the first half, as the system counts them
	Both     int64         // bytes in the second
	Syncs    float64       // of the log in the first half
	Net      float64       // bytes given to the log in the first half, which the system rounds to pages
	Updates  int64         // that were sent in all
	Answered int           // commands that the session acknowledged
}

const (
	day = 24 * time.Hour
	gb  = 1e9
)

// PerDay is what a day writes, in GB: the log all the time, and a checkpoint every ten minutes.
func (r Result) PerDay() float64 {
	return r.LogPerDay() + float64(r.Checkpoint())*float64(day/usualCheckpoint)/gb
}

// LogPerDay is the part of PerDay that is not checkpoints.
func (r Result) LogPerDay() float64 {
	return float64(r.Log) * (day.Seconds() / r.Half.Seconds()) / gb
}

// Checkpoint is the bytes of one, with the new log segment that it begins.
func (r Result) Checkpoint() int64 { return max(r.Both-r.Log, 0) }

// Met says whether the target was.
func (r Result) Met() bool { return r.PerDay() <= r.Target }
