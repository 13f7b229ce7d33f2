package bus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	trailGateways = MaxHops + 2 // that a trail may name; more hops are refused anyway
	maxInstance   = 32          // bytes of a gateway's name in a trail
)

// Trail says through which gateways a message has come, and names it: the first gateway and its sequence number are the same
// wherever the message goes. The zero value is that of a message which began here.
type Trail struct {
	Seq      uint64   // given by the first gateway
	Gateways []string // instances, the first one first; see [Options.Instance]
}

// ParseTrail reads what [Bus.TrailOf] wrote, and the number of hops in it. It refuses what no gateway writes.
func ParseTrail(text string) (t Trail, hops int, err error) {
	parts := strings.Split(text, ".")
	if len(parts) < 3 || len(parts) > 2+trailGateways {
		return Trail{}, 0, fmt.Errorf("trail %q: %d parts", clip(text), len(parts))
	}
	if t.Seq, err = strconv.ParseUint(parts[0], 36, 64); err != nil {
		return Trail{}, 0, fmt.Errorf("trail %q: sequence number: %w", clip(text), err)
	}
	n, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil {
		return Trail{}, 0, fmt.Errorf("trail %q: hops: %w", clip(text), err)
	}
	t.Gateways = parts[2:]
	for _, g := range t.Gateways {
		if !ValidInstance(g) {
			return Trail{}, 0, fmt.Errorf("trail %q: gateway %q", clip(text), clip(g))
		}
	}
	return t, int(n), nil
}

// ValidInstance reports whether a gateway may be called so in a trail: 1 to 32 letters and digits of ASCII.
func ValidInstance(name string) bool {
	return name != "" && len(name) <= maxInstance && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// Foreign reports whether the message began on another gateway.
func (t Trail) Foreign() bool { return len(t.Gateways) > 0 }

// Ring names the gateways that a message has gone round by when it is back at instance, in an order that is the same for
// every message of the ring.
func (t Trail) Ring() string {
	names := slices.Clone(t.Gateways)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// TrailOf returns the trail of a message for another gateway, on which this one is the last: letters, digits and dots. It is
// "" for a bus without an instance.
func (b *Bus) TrailOf(m *Message) string { return b.trail(m.Seq, m.Trail, m.Hops) }

func (b *Bus) trail(seq uint64, t Trail, hops int) string {
	if b.trails.self == "" {
		return ""
	}
	if t.Foreign() {
		seq = t.Seq
	}
	text := strconv.FormatUint(seq, 36) + "." + strconv.Itoa(hops+1)
	for _, g := range t.Gateways {
		text += "." + g
	}
	return text + "." + b.trails.self
}

// Instance is how this gateway is called in trails; "" leaves them out.
func (b *Bus) Instance() string { return b.trails.self }
