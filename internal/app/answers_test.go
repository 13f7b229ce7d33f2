package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// document is as much of openapi.json as it takes to check an answer.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Parameters []struct {
		Name, In string
		Required bool
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref                  string          `json:"$ref"`
	Type                 json.RawMessage `json:"type"`
	Properties           map[string]schema
	Required             []string
	Enum                 []any
	Items                *schema
	AdditionalProperties json.RawMessage
}

// check lists where v is not what s says.
func (d *document) check(at string, s schema, v any) (wrong []string) {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = d.Components.Schemas[name]
	}
	if kind := kindOf(v); len(s.Type) > 0 && !strings.Contains(string(s.Type), kind) && !(kind == "integer" && strings.Contains(string(s.Type), "number")) {
		return []string{fmt.Sprintf("%s is %s, not %s", at, kind, s.Type)}
	}
	switch v := v.(type) {
	case map[string]any:
		return d.checkObject(at, s, v)
	case []any:
		for i, item := range v {
			if s.Items != nil {
				wrong = append(wrong, d.check(fmt.Sprintf("%s[%d]", at, i), *s.Items, item)...)
			}
		}
	case string:
		if len(s.Enum) > 0 && !strings.Contains(fmt.Sprintf(" %v ", s.Enum), v) {
			wrong = append(wrong, fmt.Sprintf("%s is %q, none of %v", at, v, s.Enum))
		}
	}
	return wrong
}

func (d *document) checkObject(at string, s schema, v map[string]any) (wrong []string) {
	var more schema
	_ = json.Unmarshal(s.AdditionalProperties, &more) // false is no schema
	for _, name := range s.Required {
		if _, there := v[name]; !there {
			wrong = append(wrong, at+"."+name+" is missing")
		}
	}
	for name, value := range v {
		property, known := s.Properties[name]
		if !known && string(s.AdditionalProperties) == "false" {
			wrong = append(wrong, at+"."+name+" is not in the document")
		}
		if !known {
			property = more
		}
		wrong = append(wrong, d.check(at+"."+name, property, value)...)
	}
	return wrong
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// What the gateway really answers is what openapi.json says: every GET that takes no parameter but optional ones.
func TestAnswersAreAsDocumented(t *testing.T) {
	g := start(t, t.TempDir(), everybody+rooms+`
[[link]]
name = "away"
url = "mqtt://127.0.0.1:1"
topics = [{ filter = "home/#", direction = "out", qos = 1 }]
outbox = { max_messages = 10 }
`)
	a := g.admin("admin")
	s := g.dial()
	s.join("/home/kitchen", "")
	g.ask(http.MethodPost, g.http+"api/v1/publish/home/kitchen/temp?qos=1&retain=true", "21.5").into(t, 200, nil)
	var d document
	g.ask(http.MethodGet, g.http+"api/openapi.json", "").into(t, 200, &d)
	looked := 0
	for path, item := range d.Paths {
		get, there := item["get"]
		for _, p := range get.Parameters {
			there = there && !p.Required
		}
		answer, isJSON := get.Responses["200"].Content["application/json"]
		if !there || !isJSON {
			continue
		}
		got := a.ask(http.MethodGet, path, nil)
		var v any
		got.into(t, 200, &v)
		for _, wrong := range d.check(path, answer.Schema, v) {
			t.Error(wrong)
		}
		looked++
	}
	if looked < 12 {
		t.Errorf("only %d answers were looked at", looked)
	}
	got := a.ask(http.MethodGet, "/api/v1/state/home/kitchen/temp", nil)
	var v any
	got.into(t, 200, &v)
	refused := a.ask(http.MethodPut, "/api/v1/settings", map[string]any{"name": 1}, "If-Match", "*")
	refused.into(t, 422, &v)
	for _, wrong := range d.check("problem", schema{Ref: "#/components/schemas/Problem"}, v) {
		t.Error(wrong)
	}
}
