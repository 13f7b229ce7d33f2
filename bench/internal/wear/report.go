package wear

import (
	"fmt"
	"strings"
	"time"
)

// heading begins the section of the report, up to the next heading.
const heading = "## Wear of the SD card"

// Section is the part of the report that these results make, as Markdown.
func Section(results []Result, machine string, at time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nWritten by `cmd/wear`, %s, on %s.\n\n", heading, at.UTC().Format(time.DateOnly), machine)
	b.WriteString("| load | measured | log syncs | log before rounding, KB/sync | log, GB/day | checkpoint, KiB | GB/day | target | |\n|:--|--:|--:|--:|--:|--:|--:|--:|:--|\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %v | %.0f | %.1f | %.3f | %d | **%.3f** | %g | %s |\n", r.Name, (2 * r.Half).Round(time.Second),
			r.Syncs, r.Net/max(r.Syncs, 1)/1000, r.LogPerDay(), r.Checkpoint()>>10, r.PerDay(), r.Target, r.verdict())
	}
	b.WriteString(`
The real gateway with its defaults (flush every 5 s), 100-byte payloads, every topic in turn. What is counted is write_bytes in
/proc/PID/io: whole pages that the process made dirty, its start left out, the file system's own journal not in it. The first half
of the time has no checkpoint: it is multiplied up to a day. The second has one, which is what it wrote more, and counts 144 times:
one every ten minutes. It writes every topic, and so is as large as one after ten minutes.
`)
	return b.String()
}

func (r Result) verdict() string {
	switch {
	case !r.Met():
		return "MISSED"
	case r.Hope > 0 && r.PerDay() <= r.Hope:
		return fmt.Sprintf("met, and %g too", r.Hope)
	}
	return "met"
}

// Replace puts a section into a document: in the place of an earlier one, or at the end.
func Replace(document, section string) string {
	before, rest, found := strings.Cut(document, heading)
	if !found {
		return strings.TrimRight(document, "\n") + "\n\n" + section
	}
	_, after, more := strings.Cut(rest, "\n## ")
	if more {
		return before + section + "\n## " + after
	}
	return before + section
}
