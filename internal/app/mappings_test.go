package app_test

import (
	"net/http"
	"strings"
	"testing"

	"gateway/internal/api"
)

// TestRestoreBringsMappingsBack: a backup holds the mappings that people made, and restoring it puts them in force.
func TestRestoreBringsMappingsBack(t *testing.T) {
	g := start(t, t.TempDir(), onPort(t))
	a := g.admin("admin")
	var made api.MappingChange
	rule := map[string]any{"rule": map[string]any{"name": "made", "topic": "made/{x}", "namespace": "/made", "event": "{x}"}}
	a.ask(http.MethodPost, "/api/v1/mappings", rule).into(t, http.StatusCreated, &made)
	taken := a.ask(http.MethodGet, "/api/v1/backup", nil)
	a.ask(http.MethodDelete, "/api/v1/mappings/"+made.ID, nil, "If-Match", made.Revision).into(t, http.StatusOK, nil)

	var c api.BackupComparison
	a.ask(http.MethodPost, "/api/v1/backup/compare", taken.body).into(t, http.StatusOK, &c)
	if c.Counts["mapping.added"] != 1 || len(c.Changes) == 0 || c.Changes[0].Name != "made" {
		t.Errorf("the comparison: %+v", c)
	}
	a.ask(http.MethodPost, "/api/v1/backup/restore", taken.body).into(t, http.StatusAccepted, nil)
	g.await(`"msg":"restored a backup"`)
	g.awaitReady()
	var list api.MappingList
	a.ask(http.MethodGet, "/api/v1/mappings", nil).into(t, http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].Rule.Name != "made" || !list.Items[0].OK {
		t.Errorf("after the restore: %+v", list)
	}
	if info := a.ask(http.MethodGet, "/api/v1/info", nil); !strings.Contains(info.body, `"topic":"made/{x}"`) {
		t.Errorf("not in force: %s", info.body)
	}
}
