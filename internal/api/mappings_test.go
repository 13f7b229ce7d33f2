package api

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gateway/internal/access"
	"gateway/internal/rules"
	"gateway/internal/trace"
	"gateway/pkg/mapping"
)

// forgetful keeps nothing: for tests that do not start again.
type forgetful struct{}

func (forgetful) Each(string, func(string, []byte) error) error { return nil }
func (forgetful) Write([]rules.Write) error                     { return nil }

// mappingsServer is a server with one mapping of the file, asked by an operator.
func mappingsServer(t *testing.T) http.Handler {
	t.Helper()
	service, err := rules.New(rules.Options{Records: forgetful{}, Apply: func(*mapping.Table) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.SetFixed([]mapping.Rule{{Name: "file", Topic: "f/{x}", Namespace: "/f", Event: "{x}"}}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return newServer(Options{
		BasePath: "/", SocketPath: "/socket.io/", SocketIO: http.NotFoundHandler(), Page: http.NotFoundHandler(), Metrics: http.NotFoundHandler(),
		Drops: trace.NewDrops(slog.New(slog.DiscardHandler)), Mappings: service,
		Identify: func(*http.Request) (*access.Principal, error) {
			return &access.Principal{Kind: access.KindUser, ID: "olga", Role: access.RoleOperator}, nil
		},
	}).handler()
}

// ask sends a request with a revision, if there is one, and returns the answer with its body decoded.
func ask(t *testing.T, h http.Handler, method, path, revision, body string) (status int, answer map[string]any, header http.Header) {
	t.Helper()
	r := httptest.NewRequest(method, "/api/v1/mappings"+path, strings.NewReader(body))
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/json")
	if revision != "" {
		r.Header.Set("If-Match", etag(revision))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(text, []byte("{")) {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return w.Code, answer, w.Header()
}

const ruleA = `{"rule":{"name":"a","topic":"a/{x}","namespace":"/a","event":"{x}"}}`

func TestMappingsOverREST(t *testing.T) {
	h := mappingsServer(t)
	status, made, header := ask(t, h, "POST", "", "", ruleA)
	revision, _ := made["revision"].(string)
	id, _ := made["id"].(string)
	undo, _ := made["undo"].(string)
	if status != 201 || id == "" || undo == "" || header.Get("ETag") != etag(revision) || made["updated_by"] != "user olga" {
		t.Fatalf("%d %v %v", status, made, header)
	}
	status, list, header := ask(t, h, "GET", "", "", "")
	if items, _ := list["items"].([]any); status != 200 || len(items) != 2 || header.Get("ETag") != etag(list["revision"].(string)) {
		t.Errorf("%d %v", status, list)
	}
	status, edited, header := ask(t, h, "PUT", "/"+id, revision, strings.Replace(ruleA, "{x}\"}", "b-{x}\"}", 1))
	if status != 200 || header.Get("ETag") == etag(revision) || edited["rule"].(map[string]any)["event"] != "b-{x}" {
		t.Errorf("%d %v", status, edited)
	}
	status, back, _ := ask(t, h, "POST", "/undo", "", `{"undo":"`+edited["undo"].(string)+`"}`)
	if status != 200 || back["undo"] == "" || back["items"].([]any)[1].(map[string]any)["rule"].(map[string]any)["event"] != "{x}" {
		t.Errorf("%d %v", status, back)
	}
	if status, _, header := ask(t, h, "GET", "/export", "", ""); status != 200 || header.Get("Content-Type") != tomlType {
		t.Errorf("%d %v", status, header)
	}
}

func TestMappingRefusals(t *testing.T) {
	h := mappingsServer(t)
	_, made, _ := ask(t, h, "POST", "", "", ruleA)
	id := "/" + made["id"].(string)
	for name, c := range map[string]struct {
		method, path, revision, body string
		status                       int
		field                        string // of one of the errors; empty for none
	}{
		"no revision":           {"PUT", id, "", ruleA, 428, ""},
		"an old revision":       {"PUT", id, "old", ruleA, 412, ""},
		"no revision to delete": {"DELETE", id, "", "", 428, ""},
		"an old list":           {"POST", "/order", "old", `{"ids":[]}`, 412, ""},
		"not all in order":      {"POST", "/order", "*", `{"ids":[]}`, 409, ""},
		"not there":             {"PUT", "/nothing", "*", ruleA, 404, ""},
		"not there to read":     {"GET", "/nothing", "", "", 404, ""},
		"the file's":            {"DELETE", "/file:file", "*", "", 409, ""},
		"too long ago":          {"POST", "/undo", "", `{"undo":"zz"}`, 409, ""},
		"a name twice":          {"POST", "", "", ruleA, 422, "rule.name"},
		"a bad rule":            {"POST", "", "", strings.Replace(ruleA, `"a/{x}"`, `"a/{y}"`, 1), 422, "rule.event"},
		"an unknown key":        {"POST", "", "", strings.Replace(ruleA, `"name"`, `"colour":1,"name"`, 1), 422, "rule.colour"},
		"no rule":               {"POST", "", "", `{}`, 422, "rule"},
		"a test of a bad rule":  {"POST", "/test", "", strings.Replace(ruleA, `"a/{x}"`, `"a/{"`, 1), 422, "rule.topic"},
		"a bad dry run":         {"POST", "/dryrun", "", `{"rule":{"name":"n","topic":"a"}}`, 422, "rule.namespace"},
		"no dry run":            {"GET", "/dryrun/nothing", "", "", 404, ""},
		"a bad sample":          {"POST", "/preview", "", strings.TrimSuffix(ruleA, "}") + `,"samples":[{"topic":"a","payload":"?","encoding":"base64"}]}`, 422, "samples.payload"},
		"a bad topic":           {"POST", "/suggest", "", `{"topic":"a/+"}`, 400, ""},
		"export of nothing":     {"GET", "/export?ids=nothing", "", "", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer, header := ask(t, h, c.method, c.path, c.revision, c.body)
			if status != c.status || answer["code"] != "invalid" || answer["detail"] == "" || header.Get("Content-Type") != problemType {
				t.Fatalf("%d %v, want %d", status, answer, c.status)
			}
			errs, _ := answer["errors"].([]any)
			found := slices.ContainsFunc(errs, func(e any) bool { return e.(map[string]any)["field"] == c.field })
			if c.field != "" && !found {
				t.Errorf("errors %v, want one with %s", errs, c.field)
			}
		})
	}
}
