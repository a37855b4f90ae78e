package scimhttp

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

const (
	urnConfig       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	urnResourceType = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	urnSchema       = "urn:ietf:params:scim:schemas:core:2.0:Schema"

	schemasPath = "/Schemas/"       // followed by a URN
	typesPath   = "/ResourceTypes/" // followed by a name
)

// object is a JSON object in a discovery document.
type object = map[string]any

// discovery returns the handlers of the discovery documents (RFC 7644 §4) by path.
func (h *handler) discovery() map[string]http.Handler {
	fixed := map[string]http.Handler{}
	put := func(path string, make func(base string) object) {
		fixed[path] = document{h, make}
	}
	put("/ServiceProviderConfig", h.config)
	var types, schemas []func(base string) object
	seen := map[string]bool{} // :: URN → listed
	list := func(s scim.Schema) {
		if seen[s.URN] {
			return
		}
		seen[s.URN] = true
		schemas = append(schemas, func(base string) object { return schemaResource(s, base) })
		put(documentName(schemasPath+s.URN), schemas[len(schemas)-1])
	}
	for i, k := range append([]*kind{h.users, h.groups}, h.grants...) {
		types = append(types, func(base string) object { return typeDocument(k.types, base) })
		put(typesPath+k.types.Name, types[len(types)-1])
		for _, s := range append([]scim.Schema{k.types.Schema}, k.types.Extensions...) {
			list(s)
		}
		if i == 1 { // the schemas of users and groups come before these schemas, those of grants after them
			for _, s := range documentSchemas(!h.cfg.HidePagination) {
				list(s)
			}
		}
	}
	put("/ResourceTypes", listOf(types))
	put("/Schemas", listOf(schemas))
	return fixed
}

// documentName returns the key under which the map handler.documents has the
// document of a path. The URN of a schema is case-insensitive (RFC 8141 §3.1), and
// the rest of the path is case-sensitive.
func documentName(path string) string {
	if urn, ok := strings.CutPrefix(path, schemasPath); ok {
		return schemasPath + strings.ToLower(urn)
	}
	return path
}

// document serves one discovery document.
type document struct {
	h    *handler
	make func(base string) object
}

// ServeHTTP responds to GET and HEAD. It refuses a filter, as RFC 7644 §4
// requires.
func (d document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		otherMethod(w, r, "GET, HEAD, OPTIONS")
	case hasParameter(r.URL.RawQuery, "filter"):
		WriteError(w, r, refusal.DiscoveryFiltered.New())
	default:
		shown := d.make(d.h.cfg.BaseURL(r))
		meta, _ := shown["meta"].(object)
		where, _ := meta["location"].(string) // a list has none
		body, err := json.Marshal(shown)
		d.h.respond(w, r, result{Status: http.StatusOK, ContentLocation: where, Body: body}, err)
	}
}

// ServiceProviderConfig returns a handler that serves this document and nothing else
// (RFC 7643 §5), at any path. It needs no Config.Directory.
func ServiceProviderConfig(c Config) http.Handler {
	h := &handler{cfg: c.withDefaults()}
	h.log = h.cfg.Log.Named("scim")
	return document{h, h.config}
}

func listOf(items []func(base string) object) func(base string) object {
	return func(base string) object {
		resources := make([]object, 0, len(items))
		for _, item := range items {
			resources = append(resources, item(base))
		}
		return object{
			"schemas":      []string{urnList},
			"totalResults": len(resources), "startIndex": 1, "itemsPerPage": len(resources),
			"Resources": resources,
		}
	}
}

// config returns the ServiceProviderConfig (RFC 7643 §5, RFC 9865 §4). Without
// bulk.maxOperations, authentik uses neither PATCH nor filters
// (docs/reference/identity-providers.md, row 51).
func (h *handler) config(base string) object {
	config := object{
		"schemas":        []string{urnConfig},
		"patch":          object{"supported": true},
		"bulk":           object{"supported": true, "maxOperations": h.cfg.MaxBulkOperations, "maxPayloadSize": h.cfg.MaxBody},
		"filter":         object{"supported": true, "maxResults": h.cfg.MaxPage},
		"changePassword": object{"supported": false},
		"sort":           object{"supported": true},
		"etag":           object{"supported": true},
		"authenticationSchemes": []object{{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token", "primary": true,
			"description": "A bearer token of the connection, in the header Authorization.",
			"specUri":     "https://www.rfc-editor.org/info/rfc6750",
		}},
		"meta": object{"resourceType": "ServiceProviderConfig", "location": base + "/ServiceProviderConfig"},
	}
	if !h.cfg.HidePagination {
		config[paginationName] = object{
			"cursor": true, "index": true, "defaultPaginationMethod": "index",
			"defaultPageSize": min(h.cfg.DefaultPage, h.cfg.MaxPage), "maxPageSize": h.cfg.MaxPage, "cursorTimeout": int(h.cfg.CursorTimeout.Seconds()),
		}
	}
	return config
}

// typeDocument returns the ResourceType document of a resource type (RFC 7643 §6).
func typeDocument(t *scim.ResourceType, base string) object {
	extensions := make([]object, 0, len(t.Extensions))
	for _, s := range t.Extensions {
		extensions = append(extensions, object{"schema": s.URN, "required": false})
	}
	return object{
		"schemas": []string{urnResourceType}, "id": t.Name, "name": t.Name, "description": t.Description,
		"endpoint": t.Endpoint, "schema": t.Schema.URN, "schemaExtensions": extensions,
		"meta": object{"resourceType": "ResourceType", "location": base + "/ResourceTypes/" + t.Name},
	}
}

func schemaResource(s scim.Schema, base string) object {
	document := schemaDocument(s)
	document["schemas"] = []string{urnSchema}
	document["meta"] = object{"resourceType": "Schema", "location": base + "/Schemas/" + s.URN}
	return document
}

// schemaDocument returns a schema in the form of RFC 7643 §7.
func schemaDocument(s scim.Schema) object {
	return object{"id": s.URN, "name": s.Name, "description": s.Description, "attributes": attributeDocuments(withPassword(s).Attributes)}
}

func attributeDocuments(attributes []scim.Attribute) []object {
	documents := make([]object, 0, len(attributes))
	for _, a := range attributes {
		d := object{
			"name": a.Name, "type": a.Type, "multiValued": a.Multi, "description": a.Description, "required": a.Required,
			"caseExact": a.CaseExact, "mutability": cmp.Or(a.Mutability, "readWrite"),
			"returned": cmp.Or(a.Returned, "default"), "uniqueness": cmp.Or(a.Uniqueness, "none"),
		}
		if len(a.Canonical) > 0 {
			d["canonicalValues"] = a.Canonical
		}
		if len(a.ReferenceTypes) > 0 {
			d["referenceTypes"] = a.ReferenceTypes
		}
		if len(a.Sub) > 0 {
			d["subAttributes"] = attributeDocuments(a.Sub)
		}
		documents = append(documents, d)
	}
	return documents
}
