package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// age is how long the broker has served, over all its runs: what expiries are measured in. Unlike the time of day it never
// jumps, neither when the clock is set while the broker runs nor when a board without a battery starts in 1970.
type age = time.Duration

// clock tells the broker's age. While the broker is down, the age goes on as long as the machine is up, whose own clock says
// by how much; over a restart of the machine it stands still, since nobody can tell whether the time of day is right.
type clock struct {
	wall    func() time.Time               // time of day
	machine func() (string, time.Duration) // what tells the starts of the machine apart, and the time since its last one
	started time.Time
	base    age // when started
	// missed is how long the broker was down besides, by the time of day, if that is plausible. It is no part of the age:
	// only messages, which are better lost than late when they say so, count it.
	missed time.Duration
}

// clockRecord is what is kept of the clock for the next run.
type clockRecord struct {
	Age     int64     `json:"age_ms"`
	Wall    time.Time `json:"wall"`
	Machine string    `json:"machine"`
	Up      int64     `json:"up_ms"`
}

func newClock(wall func() time.Time) *clock {
	return &clock{wall: wall, machine: machineClock, started: time.Now()}
}

func (c *clock) now() age { return c.base + time.Since(c.started) }

// after is the age a number of seconds from now, and 0 for 0 seconds.
func (c *clock) after(seconds uint32) age {
	if seconds == 0 {
		return 0
	}
	return c.now() + time.Duration(seconds)*time.Second
}

// record is what the next run will need.
func (c *clock) record() []byte {
	machine, up := c.machine()
	data, _ := json.Marshal(clockRecord{Age: c.now().Milliseconds(), Wall: c.wall().UTC(), Machine: machine, Up: up.Milliseconds()})
	return data
}

// resume goes on where an earlier run stopped.
func (c *clock) resume(data []byte) error {
	var r clockRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	c.base = time.Duration(max(r.Age, 0)) * time.Millisecond
	machine, up := c.machine()
	if machine != "" && machine == r.Machine {
		c.base += max(up-time.Duration(r.Up)*time.Millisecond, 0)
		return nil
	}
	c.missed = downtime(r.Wall, c.wall())
	return nil
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
	clockCheck    = time.Minute      // between looks whether the clock of the machine was set
	clockSet      = 30 * time.Second // a difference that is no drift of quartzes
)

// keepClock keeps the clock's record up to date as long as there are sessions on disk that expire by it.
func (b *Broker) keepClock(ctx context.Context) {
	if b.disk == nil {
		return
	}
	b.saveClock()
	saved, drift := b.clock.now(), b.clock.drift()
	check := time.NewTicker(clockCheck)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
		}
		now, was := b.clock.drift(), drift
		if b.clock.now()-saved < clockInterval && (now-was).Abs() < clockSet || !b.anyOnDisk() {
			continue
		}
		saved, drift = b.clock.now(), now
		b.saveClock()
	}
}

func (b *Broker) saveClock() commit {
	record := b.clock.record()
	return b.disk.change(func(c SessionChange) { c.Put(b.disk.queue, keyClock, record) })
}

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
