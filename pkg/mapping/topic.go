package mapping

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxTopic is the longest topic name or filter MQTT can carry, in bytes.
const MaxTopic = 65535

// Faults of a topic name or filter.
var (
	ErrTopicEmpty    = errors.New("a topic needs at least one character")
	ErrTopicTooLong  = errors.New("a topic is at most 65535 bytes")
	ErrTopicEncoding = errors.New("a topic is UTF-8 without the NUL character")
	ErrTopicWildcard = errors.New("a topic to publish on has no + and no #")
	ErrFilterHash    = errors.New("# stands alone in the last level of a filter")
	ErrFilterPlus    = errors.New("+ stands alone in its level of a filter")
)

// ValidTopic reports what keeps topic from being published on, nil if nothing (MQTT 5, 4.7).
func ValidTopic(topic string) error {
	if err := validBytes(topic); err != nil {
		return err
	}
	if strings.ContainsAny(topic, "+#") {
		return fmt.Errorf("topic %q: %w", topic, ErrTopicWildcard)
	}
	return nil
}

// ValidFilter reports what keeps filter from being subscribed to, nil if nothing (MQTT 5, 4.7).
func ValidFilter(filter string) error {
	if err := validBytes(filter); err != nil {
		return err
	}
	rest, more := filter, true
	for more {
		var level string
		level, rest, more = strings.Cut(rest, "/")
		if strings.Contains(level, "#") && (level != "#" || more) {
			return fmt.Errorf("filter %q: %w", filter, ErrFilterHash)
		}
		if strings.Contains(level, "+") && level != "+" {
			return fmt.Errorf("filter %q: %w", filter, ErrFilterPlus)
		}
	}
	return nil
}

func validBytes(topic string) error {
	switch {
	case topic == "":
		return ErrTopicEmpty
	case len(topic) > MaxTopic:
		return ErrTopicTooLong
	case strings.IndexByte(topic, 0) >= 0 || !utf8.ValidString(topic):
		return fmt.Errorf("topic %q: %w", topic, ErrTopicEncoding)
	}
	return nil
}

// MatchFilter reports whether an MQTT filter matches a topic: + one level, # zero or more levels at the end, and
// neither of them first against a topic that begins with $. Both are taken to be valid.
func MatchFilter(filter, topic string) bool {
	if topic == "" || (topic[0] == '$' && wildFirst(filter)) {
		return false
	}
	moreF, moreT := true, true
	for moreF {
		var f, t string
		f, filter, moreF = strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		if !moreT {
			return false
		}
		t, topic, moreT = strings.Cut(topic, "/")
		if f != "+" && f != t {
			return false
		}
	}
	return !moreT
}

// wildFirst reports whether the first level of a filter is a wildcard.
func wildFirst(filter string) bool {
	return filter != "" && (filter[0] == '+' || filter[0] == '#')
}
