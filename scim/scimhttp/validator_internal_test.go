package scimhttp

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	library "github.com/elimity-com/scim"
	"github.com/elimity-com/scim/schema"

	"github.com/flexscim/flexscim/scim"
)

// taker is a resource handler that the library's server calls for each valid
// document.
type taker struct{ library.ResourceHandler }

func (taker) Create(*http.Request, library.ResourceAttributes) (library.Resource, error) {
	return library.Resource{ID: "x"}, nil
}

// libraryTakes reports whether the server of the library accepts a POST with the
// document.
func libraryTakes(t *testing.T, types *scim.ResourceType, g validator, doc scim.Document) bool {
	t.Helper()
	extensions := []library.SchemaExtension{}
	for _, s := range g.extensions {
		extensions = append(extensions, library.SchemaExtension{Schema: s})
	}
	core := g.core
	core.Attributes = append(schema.Attributes{}, core.Attributes[1:]...) // without externalId, which the server of the library adds itself
	server, err := library.NewServer(&library.ServerArgs{
		ServiceProviderConfig: &library.ServiceProviderConfig{},
		ResourceTypes: []library.ResourceType{{
			Name: types.Name, Endpoint: types.Endpoint, Schema: core, SchemaExtensions: extensions, Handler: taker{},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]any{"schemas": []string{types.Schema.URN}}
	maps.Copy(body, doc)
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest(http.MethodPost, types.Endpoint, strings.NewReader(string(raw))))
	return w.Code == http.StatusCreated
}

// TestValidatorIsTheLibrarysServer checks that the validator accepts and refuses the
// same documents as the library's server, and that its error names the attribute.
func TestValidatorIsTheLibrarysServer(t *testing.T) {
	t.Parallel()
	const enterprise, flex = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":`, `"urn:ietf:params:scim:schemas:extension:flexscim:2.0:User":`
	for _, row := range []struct {
		types *scim.ResourceType
		doc   string
		takes bool
	}{
		{scim.UserType(), `{"userName":"ann"}`, true},
		{scim.UserType(), `{"userName":"ann","externalId":"x","active":true,"name":{"givenName":"A"},"emails":[{"value":"a","primary":true}]}`, true},
		{scim.UserType(), `{"userName":"ann",` + enterprise + `{"department":"d","manager":{"value":"m","$ref":"r"}}}`, true},
		{scim.UserType(), `{"userName":"ann",` + flex + `{"skills":[{"name":"a","level":3}],"languages":["de"],"walkOut":true}}`, true},
		{scim.UserType(), `{"userName":"ann","x509Certificates":[{"value":"YWJj"}]}`, true},
		{scim.UserType(), `{"userName":"ann","hat":1}`, true},
		{scim.UserType(), `{}`, false},
		{scim.UserType(), `{"userName":7}`, false},
		{scim.UserType(), `{"userName":"ann","externalId":7}`, false},
		{scim.UserType(), `{"userName":"ann","active":"True"}`, false},
		{scim.UserType(), `{"userName":"ann","name":"A"}`, false},
		{scim.UserType(), `{"userName":"ann","emails":["a"]}`, false},
		{scim.UserType(), `{"userName":"ann","x509Certificates":[{"value":"no base64"}]}`, true},
		{scim.UserType(), `{"userName":"ann",` + enterprise + `"d"}`, false},
		{scim.UserType(), `{"userName":"ann",` + enterprise + `{"manager":"m"}}`, false},
		{scim.UserType(), `{"userName":"ann",` + flex + `{"skills":[{"level":3}]}}`, true}, // scim.CheckRequired refuses it
		{scim.UserType(), `{"userName":"ann",` + flex + `{"skills":[{"name":"a","level":1.5}]}}`, false},
		{scim.GroupType(), `{"displayName":"g","externalId":"x"}`, true},
		{scim.GroupType(), `{"externalId":"x"}`, false},
	} {
		g, err := newValidator(row.types)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(row.doc))
		d.UseNumber()
		var doc scim.Document
		if err := d.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		err = g.validate(doc)
		if server := libraryTakes(t, row.types, g, doc); (err == nil) != row.takes || server != row.takes {
			t.Errorf("%s: got %v, and %t from the library's server; want %t", row.doc, err, server, row.takes)
		}
	}
}
