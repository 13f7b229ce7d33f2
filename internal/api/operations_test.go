package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"gateway/internal/access"
	"gateway/internal/fault"
	"gateway/internal/trace"
)

// whole is a server with every operation and no service: whoever is let in panics, whoever is not never gets that far.
// Requests are made by the role in the header Test-Role.
func whole(t *testing.T) (*server, http.Handler) {
	t.Helper()
	s := newServer(Options{
		BasePath: "/", SocketPath: "/socket.io/", SocketIO: http.NotFoundHandler(), complete: true,
		Drops: trace.NewDrops(slog.New(slog.DiscardHandler)),
		Identify: func(r *http.Request) (*access.Principal, error) {
			switch role := r.Header.Get("Test-Role"); role {
			case "":
				return nil, fault.New(fault.Denied, "nobody")
			case "anonymous":
				return access.Anonymous(), nil
			default:
				return &access.Principal{Kind: access.KindToken, ID: "t", Role: access.Role(role)}, nil
			}
		},
	})
	h := s.handler()
	s.makeAPI()
	return s, h
}

// each calls fn for every operation.
func (s *server) each(fn func(method, path string, op *huma.Operation)) {
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if op != nil {
				fn(method, path, op)
			}
		}
	}
}

// attempt sends a request without a body that makes sense, and returns the status; 0 when the handler was reached and panicked.
func attempt(h http.Handler, method, path string, header ...string) (status int, answer Problem, headers http.Header) {
	r := httptest.NewRequest(method, strings.NewReplacer("{", "", "}", "").Replace(path), nil)
	r.Host = "localhost"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if recover() != nil {
				w.Code = 0
			}
		}()
		h.ServeHTTP(w, r)
	}()
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return w.Code, answer, w.Header()
}

func refused(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

func TestEveryOperationRefusesWhoMayNot(t *testing.T) {
	s, h := whole(t)
	roles := []string{"admin", "operator", "viewer", "client", "device"}
	n := 0
	s.each(func(method, path string, op *huma.Operation) {
		n++
		needs, _ := op.Extensions["x-needs"].(need)
		if needs == "" {
			t.Errorf("%s %s does not say what it needs", method, path)
			return
		}
		status, p, header := attempt(h, method, path)
		if needs != open && (status != http.StatusUnauthorized || p.Code != fault.Denied || header.Get("WWW-Authenticate") == "") {
			t.Errorf("%s %s without a login: %d %+v", method, path, status, p)
		}
		if needs != open && needs != known {
			if status, p, _ := attempt(h, method, path, "Test-Role", "anonymous"); status != http.StatusUnauthorized || p.Code != fault.Denied {
				t.Errorf("%s %s by an anonymous client: %d %+v", method, path, status, p)
			}
		}
		for _, role := range roles {
			status, p, _ := attempt(h, method, path, "Test-Role", role)
			may := can(&access.Principal{Role: access.Role(role)}, needs)
			if !may && (status != http.StatusForbidden || p.Code != fault.Denied || p.Detail == "") {
				t.Errorf("%s %s by %s: %d %+v", method, path, role, status, p)
			}
			if may && refused(status) && p.Detail == notAllowed(&access.Principal{Kind: access.KindToken, ID: "t", Role: access.Role(role)}, needs).Error() {
				t.Errorf("%s %s refuses %s: %+v", method, path, role, p)
			}
		}
		if method == http.MethodGet {
			return
		}
		for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
			status, p, _ := attempt(h, method, path, append(header, "Test-Role", "admin")...)
			if status != http.StatusForbidden || !strings.Contains(p.Detail, "http.origins") {
				t.Errorf("%s %s with %v: %d %+v", method, path, header, status, p)
			}
		}
	})
	if n < 20 {
		t.Errorf("only %d operations were looked at", n)
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	s, _ := whole(t)
	ids := map[string]bool{}
	s.each(func(method, path string, op *huma.Operation) {
		name := method + " " + path
		if op.Summary == "" || strings.HasSuffix(op.Summary, ".") || len(op.Tags) != 1 || op.OperationID == "" {
			t.Errorf("%s: summary %q, tags %q, id %q", name, op.Summary, op.Tags, op.OperationID)
		}
		if ids[op.OperationID] {
			t.Errorf("%s: %s is the id of another one too", name, op.OperationID)
		}
		ids[op.OperationID] = true
		success := 0
		for status, answer := range op.Responses {
			if strings.HasPrefix(status, "2") {
				success++
			} else if answer.Content[problemType] == nil {
				t.Errorf("%s: %s is no problem document", name, status)
			}
		}
		if success != 1 {
			t.Errorf("%s has %d answers for success", name, success)
		}
		for _, status := range []string{"403", "503"} {
			if op.Responses[status] == nil {
				t.Errorf("%s does not tell of %s", name, status)
			}
		}
		for _, part := range strings.Split(path, "{")[1:] {
			name, _, _ := strings.Cut(part, "}")
			if !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == name }) {
				t.Errorf("%s %s does not read {%s}", method, path, name)
			}
		}
		if op.Responses["428"] != nil && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "If-Match" }) {
			t.Errorf("%s does not read If-Match", name)
		}
		for _, p := range op.Parameters {
			if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
				t.Errorf("%s has no {%s}", name, p.Name)
			}
		}
	})
}

func TestTheDocumentIsOne(t *testing.T) {
	text, err := Document("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI    string
		Info       struct{ Version string }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.OpenAPI != "3.1.0" || doc.Info.Version != "1.2.3" {
		t.Errorf("%+v, %v", doc, err)
	}
	for rest := string(text); ; {
		_, after, found := strings.Cut(rest, `"#/components/schemas/`)
		if !found {
			break
		}
		name, more, _ := strings.Cut(after, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
		rest = more
	}
	if strings.Contains(string(text), `"array",`) {
		t.Error("a list may be null")
	}
}

func TestMethods(t *testing.T) {
	_, h := whole(t)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodPatch, "/api/v1/info", 405, "GET, HEAD"},
		{http.MethodGet, "/api/v1/publish/a//b", 405, "POST"},
		{http.MethodPost, "/api/v1/links/house", 405, "PUT, DELETE"},
		{http.MethodGet, "/api/v1/nothing", 404, ""},
	} {
		status, p, header := attempt(h, c.method, c.path, "Test-Role", "admin")
		if status != c.status || p.Code != fault.Invalid || header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %+v, Allow %q", c.method, c.path, status, p, header.Get("Allow"))
		}
	}
}

func TestWhatIsWrongWithABody(t *testing.T) {
	_, h := whole(t)
	for name, c := range map[string]struct {
		body   string
		status int
		fields []string
	}{
		"no JSON":           {`{"name":`, 400, []string{""}},
		"none":              {``, 400, nil},
		"a field missing":   {`{"name":"a"}`, 422, []string{"time_zone"}},
		"an unknown field":  {`{"name":"a","time_zone":"UTC","nmae":1}`, 422, []string{"nmae"}},
		"wrong types":       {`{"name":5,"time_zone":null}`, 422, []string{"name", "time_zone"}},
		"an empty name":     {`{"name":"","time_zone":"UTC"}`, 422, []string{"name"}},
		"too much":          {`{"name":"` + strings.Repeat("x", 2<<20) + `"}`, 413, nil},
		"no secret is told": {`{"name":"a","time_zone":"UTC","password":"hunter22"}`, 422, []string{"password"}},
	} {
		r := httptest.NewRequest(http.MethodPut, "/api/v1/settings", strings.NewReader(c.body))
		r.Host = "localhost"
		r.Header.Set("Test-Role", "admin")
		r.Header.Set("If-Match", `"1"`)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != problemType {
			t.Errorf("%s: %v %s", name, err, w.Body)
			continue
		}
		var fields []string
		for _, f := range p.Errors {
			fields = append(fields, f.Field)
		}
		slices.Sort(fields)
		if w.Code != c.status || p.Status != c.status || !slices.Equal(fields, c.fields) || p.Detail == "" {
			t.Errorf("%s: %d %+v, want %d about %q", name, w.Code, p, c.status, c.fields)
		}
		if strings.Contains(w.Body.String(), "hunter22") {
			t.Errorf("%s: the answer repeats the secret: %s", name, w.Body)
		}
	}
}

func TestIfMatch(t *testing.T) {
	for header, want := range map[string]int{"": 428, `""`: 428, `"old"`: 412, `"new"`: 0, `W/"new"`: 0, "new": 0, "*": 0} {
		err := IfMatch{header}.Match("new")
		if got := problemStatus(err); got != want {
			t.Errorf("If-Match %q: %d, want %d", header, got, want)
		}
	}
}

func problemStatus(err error) int {
	if err == nil {
		return 0
	}
	return problemOf(err).Status
}
