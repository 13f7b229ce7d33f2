package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gateway/internal/api"
)

// A page of large values is cut before its limit, and what is left comes with the next ones.
func TestPagesOfLargeValuesAreCut(t *testing.T) {
	g := start(t, t.TempDir(), anyPorts)
	const topics = 1200
	large := strings.Repeat("x", 4<<10)
	for n := range topics {
		g.ask(http.MethodPost, fmt.Sprintf("%sapi/v1/publish/large/%04d", g.http, n), large).into(t, 200, nil)
	}
	pages, seen, after := 0, 0, ""
	for pages == 0 || after != "" {
		var page api.ValueList
		g.ask(http.MethodGet, g.http+"api/v1/state?filter=large/%23&limit=10000&after="+after, "").into(t, 200, &page)
		pages, seen, after = pages+1, seen+len(page.Items), page.Next
		if n := len(page.Items); n > 600 {
			t.Fatalf("%d values of 4 KiB on one page", n)
		}
	}
	if seen != topics || pages < 2 {
		t.Errorf("%d values on %d pages", seen, pages)
	}
}
