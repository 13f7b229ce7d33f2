package mapping

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseLimits reads rate, dedupe and deadband.
func (b *builder) parseLimits() {
	if b.r.Rate != "" {
		n, per, ok := parseRate(b.r.Rate)
		if !ok {
			b.fail("rate", fmt.Sprintf("%q is no rate", b.r.Rate), `write "10/s", "10/m" or "10/h"`)
		}
		b.c.rateN, b.c.ratePer = n, per
	}
	if b.r.Dedupe != "" {
		b.c.dedupe = b.duration("dedupe", b.r.Dedupe, 24*time.Hour)
	}
	if d := b.r.Deadband; d < 0 || math.IsNaN(d) || math.IsInf(d, 0) {
		b.fail("deadband", fmt.Sprintf("%v is no difference between numbers", d), "write a number above 0")
	}
}

// parseRate reads "10/s": how many in one second, minute or hour.
func parseRate(s string) (n int, per time.Duration, ok bool) {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	switch strings.TrimSpace(unit) {
	case "s":
		per = time.Second
	case "m":
		per = time.Minute
	case "h":
		per = time.Hour
	}
	if err != nil || n < 1 || n > 1_000_000 || per == 0 {
		return 0, 0, false
	}
	return n, per, true
}

// duration reads a positive duration of at most limit.
func (b *builder) duration(field, s string, limit time.Duration) time.Duration {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		b.fail(field, fmt.Sprintf("%q is no duration", s), `write "500ms", "2s" or "1m"`)
	case d <= 0 || d > limit:
		b.fail(field, fmt.Sprintf("%s is out of range", s), fmt.Sprintf("use more than 0 and at most %s", limit))
	default:
		return d
	}
	return 0
}

// parseRPC reads [mapping.rpc].
func (b *builder) parseRPC() {
	rpc := b.r.RPC
	if rpc == nil || b.r.To != "" {
		return
	}
	b.c.rpcTimeout = b.duration("rpc.timeout", rpc.Timeout, 10*time.Minute)
	if rpc.Reply == "" {
		b.fail("rpc.reply", "nothing says where the answer comes", `add reply = "stat/..."`)
		return
	}
	b.c.reply = b.pattern("rpc.reply", rpc.Reply)
	if b.c.reply == nil || b.c.namespace == nil || b.c.event == nil {
		return
	}
	b.refuseWildcards("rpc.reply", b.c.reply, "the answer comes on one topic, and %s stands for many", "write the topic of the answer in full; captures are fine")
	b.needFromEvent("rpc.reply", b.c.reply.levels)
	if b.c.topic != nil && b.c.reply.text == b.c.topic.text {
		b.fail("rpc.reply", "the answer would be the question: reply is the topic itself", "name the topic the device answers on")
	}
}
