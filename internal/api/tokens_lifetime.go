package api

import (
	"strconv"
	"strings"
	"time"
)

// maxLifetime keeps the end of a token within the years that JSON can say.
const maxLifetime = 100 * 366 * 24 * time.Hour

// lifetime reads how long a token is good for: a Go duration, a number of days like 30d, or 0 for "" and "never".
func lifetime(text string) (time.Duration, error) {
	if text == "" || text == "never" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(max(n, 0), 101*366)) * 24 * time.Hour
	}
	if err != nil || d <= 0 || d > maxLifetime {
		return 0, invalidFields("expires_in is no duration that a token can have",
			FieldProblem{Field: "expires_in", Message: "should be a duration like 720h or 30d, or never"})
	}
	return d, nil
}
