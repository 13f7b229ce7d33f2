package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// age is how long the broker has served, over all its runs: what expiries are measured in. Unlike the time of day it never
// jumps, neither when the clock is set while the broker runs nor when a board without a battery starts in 1970.
type age = time.Duration

// clock tells the broker's age. While the broker is down, the age goes on as long as the machine is up, whose own clock says
// by how much; over a restart of the machine it stands still, since nobody can tell whether the time of day is right.
//
// Messages that say they expire are better lost than late. They count the time that the machine was off as well, as far as the
// time of day tells: from the last one that was plausible to the first one of this run that is, which on a board without a
// battery comes some time after its start.
type clock struct {
	wall    func() time.Time               // time of day
	machine func() (string, time.Duration) // what tells the starts of the machine apart, and the time since its last one
	started time.Time
	base    age // when started

	saved  atomic.Int64 // the age when it was last given to the disk, in nanoseconds
	missed atomic.Int64 // nanoseconds, over all runs, that the machine was off: no part of the age

	mu      sync.Mutex
	settled bool      // the time that the machine was off is in missed, or it was not off
	last    time.Time // the last plausible time of day; zero for none
	lastAt  age       // what messages count was then
}

// clockRecord is what is kept of the clock for the next run.
type clockRecord struct {
	Age     int64     `json:"age_ms"`
	Missed  int64     `json:"missed_ms,omitempty"`
	Wall    time.Time `json:"wall"`              // the last plausible time of day
	WallAt  *int64    `json:"wall_ms,omitempty"` // what messages counted then; nil in old records, for age_ms
	Machine string    `json:"machine"`
	Up      int64     `json:"up_ms"`
}

func newClock(wall func() time.Time) *clock {
	return &clock{wall: wall, machine: machineClock(), started: time.Now(), settled: true}
}

func (c *clock) now() age { return c.base + time.Since(c.started) }

// counted is what messages count: the age, and the time that the machine was off.
func (c *clock) counted() age { return c.now() + time.Duration(c.missed.Load()) }

// after is the age a number of seconds from now, and 0 for 0 seconds.
func (c *clock) after(seconds uint32) age {
	if seconds == 0 {
		return 0
	}
	return c.now() + time.Duration(seconds)*time.Second
}

// record is what the next run will need.
func (c *clock) record() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wall := c.wall(); c.settled && plausible(wall) {
		c.last, c.lastAt = wall, c.counted()
	}
	machine, up := c.machine()
	at := c.lastAt.Milliseconds()
	data, _ := json.Marshal(clockRecord{
		Age: c.now().Milliseconds(), Missed: time.Duration(c.missed.Load()).Milliseconds(), Wall: c.last.UTC(), WallAt: &at,
		Machine: machine, Up: up.Milliseconds(),
	})
	return data
}

// resume goes on where an earlier run stopped.
func (c *clock) resume(data []byte) error {
	var r clockRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	if r.WallAt == nil {
		r.WallAt = &r.Age
	}
	c.base = time.Duration(max(r.Age, 0)) * time.Millisecond
	c.missed.Store(int64(time.Duration(max(r.Missed, 0)) * time.Millisecond))
	if plausible(r.Wall) {
		c.last, c.lastAt = r.Wall, time.Duration(*r.WallAt)*time.Millisecond
	}
	machine, up := c.machine()
	if machine != "" && machine == r.Machine {
		c.base += max(up-time.Duration(r.Up)*time.Millisecond, 0)
		return nil
	}
	c.settled = false
	c.settle()
	return nil
}

// settle counts the time that the machine was off before this run, once the time of day is plausible, and returns how long
// that was; 0 when it is counted already or not to be known yet.
func (c *clock) settle() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall()
	if c.settled || !plausible(wall) {
		return 0
	}
	c.settled = true
	if c.last.IsZero() {
		return 0
	}
	off := max(wall.Sub(c.last)-(c.counted()-c.lastAt), 0)
	c.missed.Add(int64(off))
	return off
}

// downtime is the time between two times of day, zero if one of them cannot be right.
func downtime(from, to time.Time) time.Duration {
	if !plausible(from) || !plausible(to) {
		return 0
	}
	return max(to.Sub(from), 0)
}

// plausible reports whether a time of day can be right: a board without a battery starts in 1970, or when its software was made.
func plausible(t time.Time) bool { return t.Year() >= 2025 && t.Year() < 2200 }

// drift is how far the time of day and the age are apart, which changes only when the clock is set.
func (c *clock) drift() time.Duration {
	return time.Duration(c.wall().UnixNano()) - c.now()
}

const (
	clockInterval = 10 * time.Minute // between records of the clock: what a crash may cost expiries
	clockWithData = time.Minute      // the same, where something is written anyway
	clockCheck    = 10 * time.Second // between looks whether the clock of the machine was set
	clockSet      = 30 * time.Second // a difference that is no drift of quartzes
)

// keepClock keeps the clock's record up to date as long as there are sessions on disk that expire by it.
func (b *Broker) keepClock(ctx context.Context) {
	if b.disk == nil {
		return
	}
	b.saveClock()
	drift := b.clock.drift()
	check := time.NewTicker(clockCheck)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
		}
		b.settleClock()
		now, was := b.clock.drift(), drift
		if !b.clock.due(clockInterval) && (now-was).Abs() < clockSet || !b.anyOnDisk() {
			continue
		}
		drift = now
		b.saveClock()
	}
}

// settleClock has what earlier runs left behind expire sooner, when it turns out how long the machine was off.
func (b *Broker) settleClock() {
	off := b.clock.settle()
	if off == 0 {
		return
	}
	b.retained.elapse(off)
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, s := range b.sessions {
		s.elapse(off)
	}
}

// elapse takes d from the life of what an earlier run has left.
func (s *session) elapse(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range [][]*outgoing{s.waiting, s.inflight} {
		for _, o := range list {
			if o.earlier && o.expires > 0 {
				o.expires = max(o.expires-d, 1)
			}
		}
	}
}

func (b *Broker) saveClock() commit {
	return b.disk.change(b.addClock)
}

// addClock makes the clock's record part of a change.
func (b *Broker) addClock(c SessionChange) {
	b.clock.saved.Store(int64(b.clock.now()))
	c.Put(b.disk.queue, keyClock, b.clock.record())
}

// due reports whether the record of the clock is older than d.
func (c *clock) due(d time.Duration) bool { return c.now()-time.Duration(c.saved.Load()) >= d }

// stopClock keeps the clock for the next run. When it returns, all that was given to the disk before is there too.
func (b *Broker) stopClock(ctx context.Context) error {
	if b.disk == nil {
		return nil
	}
	if err := b.saveClock()(ctx); err != nil {
		return fmt.Errorf("keep the clock of sessions: %w", err)
	}
	return nil
}

func (b *Broker) anyOnDisk() bool {
	if b.retained.dates.Load() > 0 {
		return true
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, s := range b.sessions {
		if s.disk != nil {
			return true
		}
	}
	return false
}

// abandonTimers ends what waits for time to pass.
func (b *Broker) abandonTimers() {
	b.stop()
	b.wills.stop(func(*will) {}, func(*will) bool { return true })
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, s := range b.sessions {
		s.give(nil)
	}
}
