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

// names are the documents that flexscim's calls are in.
func names() []string {
	return []string{"twilio_taskrouter_v1.json", "twilio_flex_v1.json", "twilio_flex_v2.json"}
}

// documents reads Twilio's documents once for all the tests of a program: they
// are a megabyte, and never change while it runs.
var documents = sync.OnceValues(loadDocuments)

// loadDocuments makes a router for each document.
func loadDocuments() ([]routers.Router, error) {
	dir, err := documentsDir()
	if err != nil {
		return nil, err
	}
	var all []routers.Router
	for _, name := range names() {
		router, err := load(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
		all = append(all, router)
	}
	return all, nil
}

// documentsDir finds ../shared/twilio-oai beside the module.
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
	// An example of Twilio's holds text where the schema says boolean.
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, err
	}
	doc.Servers = nil // or the router looks for Twilio's host
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

// tighten makes a form checkable: a member without a type decodes to null and
// would be refused, and a form whose members are required is required itself.
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
