package scimhttp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	library "github.com/elimity-com/scim"
	failures "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/schema"

	"github.com/flexscim/flexscim/scim"
)

// newGate is a resource type as the library knows it.
func newGate(t *scim.ResourceType) (library.ResourceType, error) {
	core, err := newSchema(t.Schema)
	if err != nil {
		return library.ResourceType{}, err
	}
	gate := library.ResourceType{Name: t.Name, Endpoint: t.Endpoint, Schema: core}
	for _, s := range t.Extensions {
		extension, err := newSchema(s)
		if err != nil {
			return library.ResourceType{}, err
		}
		gate.SchemaExtensions = append(gate.SchemaExtensions, library.SchemaExtension{Schema: extension})
	}
	return gate, nil
}

// newSchema hands a schema over in the form of RFC 7643 §7: the library's
// constructors refuse $ref.
func newSchema(s scim.Schema) (schema.Schema, error) {
	var out schema.Schema
	document, err := json.Marshal(schemaDocument(s))
	if err != nil {
		return out, fmt.Errorf("write schema %s: %w", s.URN, err)
	}
	if err := json.Unmarshal(document, &out); err != nil {
		return out, fmt.Errorf("read schema %s: %w", s.URN, err)
	}
	return out, nil
}

// validate asks the library whether a normalised document may be created or
// replaced. The library sees nothing else of the request, and its answer goes
// no further: what it lists as schemas, and what it tells of errors, is not
// what we want to say (refs/scim-library.md).
func (k *kind) validate(method string, id scim.ID, doc scim.Document) error {
	body := make(map[string]any, len(doc)+1)
	for name, value := range doc {
		body[name] = value
	}
	body["schemas"] = []string{k.types.Schema.URN}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write document for the library: %w", err)
	}
	var verdict verdict
	gate := k.gate
	gate.Handler = &verdict
	server, err := library.NewServer(&library.ServerArgs{
		ServiceProviderConfig: &library.ServiceProviderConfig{}, ResourceTypes: []library.ResourceType{gate},
	})
	if err != nil {
		return fmt.Errorf("make the library's server: %w", err)
	}
	path := k.types.Endpoint
	if method == http.MethodPut {
		path += "/" + string(id)
	}
	r, err := http.NewRequest(method, path, bytes.NewReader(raw)) //nolint:noctx // never leaves the process
	if err != nil {
		return fmt.Errorf("make the library's request: %w", err)
	}
	var answer answer
	server.ServeHTTP(&answer, r)
	if verdict.accepted {
		return nil
	}
	return answer.refusal()
}

// verdict is the library's ResourceHandler: it is called when the library has
// nothing against a document. The methods that GET, PATCH and DELETE would
// call are never reached: the directory answers those.
type verdict struct{ accepted bool }

// Create notes that a document may be created.
func (v *verdict) Create(*http.Request, library.ResourceAttributes) (library.Resource, error) {
	v.accepted = true
	return library.Resource{}, nil
}

// Replace notes that a document may take the place of another.
func (v *verdict) Replace(*http.Request, string, library.ResourceAttributes) (library.Resource, error) {
	v.accepted = true
	return library.Resource{}, nil
}

// Get is never called.
func (v *verdict) Get(*http.Request, string) (library.Resource, error) {
	return library.Resource{}, failures.ScimError{Status: http.StatusNotImplemented}
}

// GetAll is never called.
func (v *verdict) GetAll(*http.Request, library.ListRequestParams) (library.Page, error) {
	return library.Page{}, failures.ScimError{Status: http.StatusNotImplemented}
}

// Patch is never called.
func (v *verdict) Patch(*http.Request, string, []library.PatchOperation) (library.Resource, error) {
	return library.Resource{}, failures.ScimError{Status: http.StatusNotImplemented}
}

// Delete is never called.
func (v *verdict) Delete(*http.Request, string) error {
	return failures.ScimError{Status: http.StatusNotImplemented}
}

// answer is what the library writes.
type answer struct {
	header http.Header
	body   bytes.Buffer
}

// Header is the library's own: nobody reads it.
func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// Write keeps the body, for refusal.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// WriteHeader ignores the status: verdict knows more.
func (a *answer) WriteHeader(int) {}

// refusal is the library's error in our words.
func (a *answer) refusal() error {
	var e struct {
		ScimType string `json:"scimType"`
	}
	if json.Unmarshal(a.body.Bytes(), &e) != nil || e.ScimType == "" {
		e.ScimType = scim.InvalidValue
	}
	return scim.BadRequest(e.ScimType, "The resource does not fit its schema: a required value is missing, or one has another type. Compare it with /Schemas.")
}
