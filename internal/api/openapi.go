package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// Document returns the whole API as an OpenAPI 3.1 document in JSON, indented. It is what /api/openapi.json of a gateway with
// every part in it says.
func Document(version string) ([]byte, error) {
	s := newServer(Options{Version: version, BasePath: "/", SocketPath: "/socket.io/", complete: true})
	s.makeAPI()
	text, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	return append(text, '\n'), nil
}

const about = `Everything the gateway's page does goes through this API. Answers and bodies are JSON in snake_case; times are RFC 3339.
Refusals are problem documents (RFC 9457) with a stable ` + "`code`" + `. What can be changed has a revision: read it from ETag, send it back as If-Match.
Log in with a session cookie (POST /api/v1/session), or send an API token: ` + "`Authorization: Bearer <id>.<secret>`."

// newAPI prepares huma: JSON only, no pages of its own, our problem documents.
func (s *server) newAPI() huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.Schema(reflect.TypeFor[Problem](), true, "")
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "gateway", Version: s.Version, Description: about},
			Servers: []*huma.Server{{URL: strings.TrimSuffix(s.BasePath, "/") + "/"}},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: "gateway", Description: "The page's session cookie."},
					"token":   {Type: "http", Scheme: "bearer", Description: "An API token, as id.secret."},
					"basic":   {Type: "http", Scheme: "basic", Description: "A token's id and secret."},
				},
			},
			Security: []map[string][]string{{"session": {}}, {"token": {}}, {"basic": {}}},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{translate},
	}
	return huma.NewAPI(config, adapter{s})
}

// jsonFormat encodes before it writes, so that a client that has gone is no error of the handler.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(v); err != nil {
				return err
			}
			_, _ = w.Write(b.Bytes())
			return nil
		},
		Unmarshal: json.Unmarshal,
	}
}

// finish makes the document say what the operations do: refusals are Problems, and lists are never null.
func (s *server) finish() {
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own, which translate turns into ours
	delete(schemas, "ErrorDetail")
	for _, schema := range schemas {
		neverNull(schema)
	}
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			if op.RequestBody != nil {
				neverNullContent(op.RequestBody.Content)
			}
			for _, answer := range op.Responses {
				neverNullContent(answer.Content)
			}
		}
	}
}

func neverNullContent(content map[string]*huma.MediaType) {
	for _, media := range content {
		neverNull(media.Schema)
	}
}

func neverNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	neverNull(s.Items)
	for _, property := range s.Properties {
		neverNull(property)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		neverNull(more)
	}
}

// openapi serves the document.
func (s *server) openapi() http.HandlerFunc {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) })
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := document()
		if err != nil { // a type that has no JSON: found by the tests
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(text)
	}
}
