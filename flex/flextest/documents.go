package flextest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// documentNames returns the names of the OpenAPI documents that describe the calls
// of flexscim.
func documentNames() []string {
	return []string{"twilio_taskrouter_v1.json", "twilio_flex_v1.json", "twilio_flex_v2.json"}
}

// documents loads Twilio's documents only once in each test program, because their
// size is one megabyte.
var documents = sync.OnceValues(loadDocuments)

// loadDocuments returns a router for each document.
func loadDocuments() ([]routers.Router, error) {
	dir, err := documentsDir()
	if err != nil {
		return nil, err
	}
	var all []routers.Router
	for _, name := range documentNames() {
		router, err := load(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
		all = append(all, router)
	}
	return all, nil
}

// documentsDir returns the path of ../shared/twilio-oai, next to the module.
func documentsDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			found := filepath.Join(dir, "..", "shared", "twilio-oai")
			_, err := os.Stat(found)
			return found, err
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find go.mod: %w", os.ErrNotExist)
		}
		dir = filepath.Dir(dir)
	}
}

func load(path string) (routers.Router, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	// The examples are not validated, because one of Twilio's examples has a string
	// instead of a boolean.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, err
	}
	doc.Servers = nil // with Servers, the router would expect Twilio's host
	for _, item := range doc.Paths.Map() {
		item.Servers = nil
		for _, op := range item.Operations() {
			if op.RequestBody != nil {
				tighten(op.RequestBody.Value)
			}
		}
	}
	return gorillamux.NewRouter(doc)
}

// tighten changes the description of a form so that openapi3filter can check it. A
// member without a type would be decoded to null and rejected, so tighten gives it
// the type string. If a form has required members, tighten makes the form required.
func tighten(body *openapi3.RequestBody) {
	for _, media := range body.Content {
		for _, member := range media.Schema.Value.Properties {
			if member.Ref == "" && member.Value.Type == nil {
				member.Value.Type = &openapi3.Types{openapi3.TypeString}
			}
		}
		if len(media.Schema.Value.Required) > 0 {
			body.Required = true
		}
	}
}
