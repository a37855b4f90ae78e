package openapi_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/web/scimdoor/openapi"
	"github.com/flexscim/flexscim/internal/web/scimdoor/openapitest"
)

var update = flag.Bool("update", false, "write the document")

// TestReference checks that docs/reference/openapi.json equals the document.
func TestReference(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "..", "..", "docs", "reference", "openapi.json")
	if *update {
		if err := os.WriteFile(path, openapi.Document(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(openapi.Document()), string(have)); diff != "" {
		t.Errorf("docs/reference/openapi.json is stale (-want +got): go test ./internal/web/scimdoor/openapi -run TestReference -update\n%s", diff)
	}
}

// TestIsOpenAPI checks that the document is valid OpenAPI.
func TestIsOpenAPI(t *testing.T) {
	t.Parallel()
	c, err := openapitest.NewContract()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Document().Validate(t.Context()); err != nil {
		t.Error(err)
	}
}
