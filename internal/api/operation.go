package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"gateway/internal/access"
)

// operation is one thing that can be done over REST.
type operation struct {
	id          string // unique, in camelCase: the name of the client's function
	method      string
	path        string // with {parameters}
	tag         string
	needs       need
	summary     string        // a few words, imperative
	description string        // sentences; may be empty
	status      int           // of success; 0 is 200, or 204 without a body
	maxBody     int64         // bytes; 0 is 1 MiB
	errors      []int         // statuses beyond 400, 401, 403, 413, 415, 422 and 503, which go without saying
	params      []*huma.Param // of addRaw and addTopic, beyond those of the path; see query
}

// add registers an operation. in and out are structs as huma has them: parameters in tagged fields, the body in Body. The
// handler's error is a *Problem or a *fault.Error; anything else is logged and shown as unavailable.
func add[In, Out any](s *server, o operation, handler func(context.Context, *In) (*Out, error)) {
	huma.Register(s.api, s.describe(o), func(ctx context.Context, in *In) (*Out, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.told(ctx, err)
		}
		return out, nil
	})
}

// addRaw registers an operation that reads and writes the request itself: streams, and bodies that are no JSON. What its body
// and its answer are is documented by body and answer: media types, nil for none; or a value of the type that its JSON has.
func (s *server) addRaw(o operation, body, answer any, handler http.HandlerFunc) {
	s.document(o, body, answer)
	s.mux.Handle(o.method+" "+o.path, s.authorised(o.needs, handler))
}

// addTopic is addRaw for a path that ends in {topic}: a topic may hold empty levels, which a ServeMux would redirect without.
func (s *server) addTopic(o operation, body, answer any, handler func(w http.ResponseWriter, r *http.Request, topic string)) {
	s.document(o, body, answer)
	prefix := strings.TrimSuffix(o.path, "{topic}")
	s.topics = append(s.topics, topicRoute{o.method, prefix, s.authorised(o.needs, http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { handler(w, r, strings.TrimPrefix(r.URL.Path, prefix)) },
	))})
}

type topicRoute struct {
	method, prefix string
	http.Handler
}

func (s *server) document(o operation, body, answer any) {
	d := s.describe(o)
	if content := s.content(body, o.id+"Body"); content != nil {
		d.RequestBody = &huma.RequestBody{Content: content, Required: true}
	}
	status := max(d.DefaultStatus, http.StatusOK)
	d.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: s.content(answer, o.id+"Answer")}
	for _, part := range strings.Split(o.path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		d.Parameters = append(d.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}
	d.Parameters = append(d.Parameters, o.params...)
	s.api.OpenAPI().AddOperation(&d)
}

func (s *server) content(of any, name string) map[string]*huma.MediaType {
	switch of := of.(type) {
	case nil:
		return nil
	case string:
		return map[string]*huma.MediaType{of: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	}
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(of), true, name)
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

const needsKey = "needs"

// describe is o as huma has it.
func (s *server) describe(o operation) huma.Operation {
	d := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary,
		Description: strings.TrimSpace(o.description + " " + needsSentence(o.needs)), DefaultStatus: o.status,
		MaxBodyBytes: o.maxBody, BodyReadTimeout: s.bodyTime,
		Metadata:   map[string]any{needsKey: o.needs},
		Extensions: map[string]any{"x-needs": o.needs},
		Responses:  map[string]*huma.Response{},
	}
	if o.needs == open {
		d.Security = []map[string][]string{}
	}
	for _, status := range append(usualErrors(o), o.errors...) {
		d.Responses[strconv.Itoa(status)] = s.problemResponse(status)
	}
	return d
}

func needsSentence(n need) string {
	switch n {
	case open:
		return "Needs no login."
	case known:
		return "For everybody who may use the gateway; topics by their own patterns."
	}
	return "Needs `" + string(n) + "`."
}

func usualErrors(o operation) []int {
	list := []int{http.StatusForbidden, http.StatusServiceUnavailable}
	if o.needs != open {
		list = append(list, http.StatusUnauthorized)
	}
	if strings.Contains(o.path, "{") || o.method != http.MethodGet {
		list = append(list, http.StatusBadRequest, http.StatusUnprocessableEntity)
	}
	if o.method == http.MethodPost || o.method == http.MethodPut || o.method == http.MethodPatch {
		list = append(list, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return list
}

func (s *server) problemResponse(status int) *huma.Response {
	return &huma.Response{
		Description: http.StatusText(status),
		Content:     map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
	}
}

// told is what the client gets to read of an error. What is not meant for it goes to the log.
func (s *server) told(ctx context.Context, err error) error {
	r := requestOf(ctx)
	p := problemOf(err)
	s.note(r, p, err)
	return p
}

// adapter puts huma's operations on the server's mux, behind the one place that looks at needs.
type adapter struct{ *server }

// Handle registers one operation.
func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	needs, ok := op.Metadata[needsKey].(need)
	if !ok {
		needs = access.EditUsers // an operation that forgot to say is for admins
	}
	a.mux.Handle(op.Method+" "+op.Path, a.authorised(needs, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(humago.NewContext(op, r, w))
	})))
}

// ServeHTTP serves the operations alone.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// query documents a parameter in the query of a raw operation; kind is a JSON type.
func query(name, kind, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: kind}}
}
