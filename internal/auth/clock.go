package auth

import "time"

// plausibleYear is before any gateway ran: a small computer without a battery for its clock starts in 1970, or where it stopped.
const plausibleYear = 2025

// clock tells the time of day to what ends at a date, and the time that has passed to what ends after a while. The first may
// jump, the second may not: nobody is thrown out because the time of day was set.
type clock struct {
	now     func() time.Time
	elapsed func() time.Duration // since some moment before the service began; never jumps

	floor   time.Time // the newest time in the records: it cannot be earlier than that
	floorAt time.Duration
}

func newClock(now func() time.Time, elapsed func() time.Duration) clock {
	if now == nil {
		now = time.Now
	}
	if elapsed == nil {
		start := time.Now()
		elapsed = func() time.Duration { return time.Since(start) }
	}
	return clock{now: now, elapsed: elapsed, floorAt: elapsed()}
}

// saw notes a time that has been. It is for the time of loading only.
func (c *clock) saw(t time.Time) {
	if t.After(c.floor) {
		c.floor = t
	}
}

// wall is the time of day. While the system has none, it goes on from the newest time that was ever written down, so that what
// has expired does not come back after a power cut.
func (c *clock) wall() time.Time {
	now := c.now()
	if now.Year() >= plausibleYear {
		return now
	}
	if floor := c.floor.Add(c.elapsed() - c.floorAt); floor.After(now) {
		return floor
	}
	return now
}

// plausible reports whether the system knows the time of day, which an end at a date needs.
func (c *clock) plausible() bool { return c.now().Year() >= plausibleYear }

// since turns a time of day that has been into one that never jumps.
func (c *clock) since(t time.Time) time.Duration {
	return c.elapsed() - max(c.wall().Sub(t), 0)
}

// date turns it back, for people to read.
func (c *clock) date(d time.Duration) time.Time {
	return c.wall().Add(d - c.elapsed()).UTC().Round(time.Second)
}
