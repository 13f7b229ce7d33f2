package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units of sizes, the longest suffix first.
func units() []struct {
	suffix string
	bytes  int64
} {
	return []struct {
		suffix string
		bytes  int64
	}{
		{"TiB", 1 << 40},
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"GB", 1e9},
		{"MB", 1e6},
		{"kB", 1e3},
		{"KB", 1e3},
		{"B", 1},
	}
}

// parseSize reads "1MiB", "64 KiB", "1000" as bytes.
func parseSize(s string) (int64, bool) {
	digits, factor := strings.TrimSpace(s), int64(1)
	for _, u := range units() {
		if rest, ok := strings.CutSuffix(digits, u.suffix); ok {
			digits, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, false
	}
	return n * factor, true
}

// formatSize is the inverse of parseSize, in the largest binary unit that fits.
func formatSize(n int64) string {
	for _, u := range units()[:4] {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d%s", n/u.bytes, u.suffix)
		}
	}
	return fmt.Sprintf("%dB", n)
}

// size is a number of bytes, or a string with a unit, from least to most; it reads as an int64.
func size(least, most int64) kind {
	remedy := fmt.Sprintf("use a size from %q to %q", formatSize(least), formatSize(most))
	read := func(v any) (any, *flaw) {
		n, ok := v.(int64)
		if s, isText := v.(string); isText {
			if n, ok = parseSize(s); !ok {
				return nil, &flaw{fmt.Sprintf("%q is not a size", s), remedy}
			}
		}
		if !ok {
			return nil, wrongType(v, "a size", remedy)
		}
		if n < least || n > most {
			return nil, &flaw{fmt.Sprintf("%s is out of range", formatSize(n)), remedy}
		}
		return n, nil
	}
	return kind{name: "size", text: plain, read: read}
}
