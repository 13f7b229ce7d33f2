package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// maxSuggested is how many levels Suggest captures by itself.
const maxSuggested = 4

// capturedLevels are the levels to capture: those asked for, or, without any, all but the first and those that are words of a
// protocol. A level with braces cannot be written otherwise.
func capturedLevels(levels []string, asked []int) (map[int]bool, error) {
	out := make(map[int]bool)
	for _, i := range asked {
		if i < 0 || i >= len(levels) {
			return nil, fmt.Errorf("level %d: the topic has %d, from 0", i, len(levels))
		}
		if levels[i] == "" {
			return nil, fmt.Errorf("level %d is empty: a capture takes a level that is not", i)
		}
		out[i] = true
	}
	for i, level := range levels {
		choose := asked == nil && i > 0 && level != "" && len(out) < maxSuggested && !isWord(level) && !strings.HasPrefix(levels[0], "$")
		if choose || strings.ContainsAny(level, "{}") {
			out[i] = true
		}
	}
	if out[0] && strings.HasPrefix(levels[0], "$") {
		return nil, fmt.Errorf("level 0 begins with $: a capture never takes it")
	}
	return out, nil
}

// captureNames names the captured levels after what stands before them: home/{room}, sensors/{sensor}.
func captureNames(levels []string, captured map[int]bool) map[int]string {
	names := make(map[int]string)
	taken := map[string]bool{varPayload: true, varTopic: true, varQoS: true, varRetain: true, varClient: true}
	for i := range levels {
		if !captured[i] {
			continue
		}
		name := "name"
		switch {
		case i > 0 && !captured[i-1] && after(levels[i-1]) != "":
			name = after(levels[i-1])
		case i == len(levels)-1 && i > 0:
			name = "what"
			if captured[i-1] {
				name = "sensor"
			}
		case i == 0:
			name = "place"
		}
		free := name
		for n := 2; taken[free]; n++ {
			free = fmt.Sprintf("%s_%d", name, n)
		}
		taken[free] = true
		names[i] = free
	}
	return names
}

// after is what stands below a level of this name, empty when that is not clear.
func after(level string) string {
	switch lower := strings.ToLower(level); lower {
	case "home", "house", "rooms", "room", "haus":
		return "room"
	case "tele", "stat", "cmnd", "shellies", "zigbee2mqtt", "devices", "device", "esphome":
		return "device"
	case "status", "bus", "address", "access", "process":
		return ""
	default:
		if one := strings.TrimSuffix(lower, "s"); one != lower && isName(one) {
			return one
		}
	}
	return ""
}

// isWord reports whether a level belongs to a protocol rather than naming a thing.
func isWord(level string) bool {
	return isCommandWord(level) || slices.Contains([]string{
		"state", "status", "stat", "tele", "sensor", "result", "lwt", "availability", "online", "bridge", "events", "power", "energy",
	}, strings.ToLower(level))
}

func isCommandWord(level string) bool {
	return slices.Contains([]string{"set", "cmd", "cmnd", "command", "commands", "rpc", "write", "do", "request"}, strings.ToLower(level))
}

// isCommand reports whether a topic looks like one that devices listen to.
func isCommand(levels []string) bool {
	first, last := levels[0], levels[len(levels)-1]
	return isCommandWord(last) || len(levels) > 1 && slices.Contains([]string{"cmnd", "cmd", "command", "commands"}, strings.ToLower(first))
}

// isReading reports whether a topic looks like one that only devices write.
func isReading(levels []string) bool {
	if slices.Contains([]string{"tele", "stat"}, strings.ToLower(levels[0])) || strings.HasPrefix(levels[0], "$") {
		return true
	}
	return slices.ContainsFunc(levels[len(levels)-1:], func(level string) bool {
		return slices.Contains([]string{
			"state", "status", "sensor", "temp", "temperature", "hum", "humidity", "pressure", "power", "energy", "voltage", "current",
			"battery", "lux", "illuminance", "co2", "motion", "occupancy", "contact", "availability", "online", "lwt", "linkquality", "rssi",
			"uptime", "watts", "volts",
		}, strings.ToLower(level))
	})
}

// namespaceLevel is a level of a topic as a namespace can hold it.
func namespaceLevel(level string) string {
	return strings.Map(func(r rune) rune {
		if notInNamespace(r) {
			return '-'
		}
		return r
	}, level)
}

// eventName is the last level of a topic as an event.
func eventName(level string) string {
	if level == "" || reservedEvent(level) || cutsClient(level) {
		return "value-" + level
	}
	return level
}

// wordOf is a level as part of a rule's name.
func wordOf(level string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return unicode.ToLower(r)
		default:
			return '-'
		}
	}, level)
}
