package openapi

import (
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

var (
	selecting   = []string{"attributes", "excludedAttributes"}
	listing     = join([]string{"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"}, selecting)
	conditional = []string{"If-Match", "If-None-Match"}
	located     = []string{"ETag", "Location", "Content-Location"}
)

func scimAnswer(status int, what, schema string, headers ...string) answer {
	return answer{status: status, what: what, media: scimJSON, schema: schemaRef(schema), headers: headers}
}

// resourceOperations returns the operations on a collection and on a single
// resource in it. If the argument quiet is true, a PATCH may also get 204.
func resourceOperations(collection, name string, quiet bool) []operation {
	all, single, one := base+"/"+collection, base+"/"+collection+"/{id}", "a "+strings.ToLower(name)
	taken, unread := []int{http.StatusConflict}, []int{http.StatusBadRequest}
	unmatched := []int{http.StatusNotFound, http.StatusPreconditionFailed}
	patched := []answer{scimAnswer(http.StatusOK, "The changed resource.", name, located...)}
	if quiet {
		patched[0].what = "The changed resource, if the request names `attributes`."
		patched = append(patched, answer{status: http.StatusNoContent, what: "Changed.", headers: []string{"ETag", "Location"}})
	}
	operations := []operation{
		{method: "get", path: all, summary: "List, filter, sort", parameters: listing,
			answers: []answer{scimAnswer(http.StatusOK, "A page.", name+"List")}, refusals: join(ofSCIM, unread)},
		{method: "post", path: all, summary: "Create " + one, parameters: selecting, body: name + "Request",
			answers: []answer{scimAnswer(http.StatusCreated, "The created resource.", name, located...)}, refusals: join(ofSCIM, ofBody, taken)},
		{method: "post", path: all + "/.search", summary: "List, filter, sort, with the parameters in the body", body: "SearchRequest",
			answers: []answer{scimAnswer(http.StatusOK, "A page.", name+"List")}, refusals: join(ofSCIM, ofBody)},
		{method: "get", path: single, summary: "Read " + one, parameters: join([]string{"id"}, selecting, conditional),
			answers: []answer{scimAnswer(http.StatusOK, "The resource.", name, located...),
				{status: http.StatusNotModified, what: "If-None-Match names its version.", headers: located}},
			refusals: join(ofSCIM, unread, unmatched)},
		{method: "put", path: single, summary: "Replace " + one, parameters: join([]string{"id"}, selecting, conditional), body: name + "Request",
			answers: []answer{scimAnswer(http.StatusOK, "The changed resource.", name, located...)}, refusals: join(ofSCIM, ofBody, taken, unmatched)},
		{method: "patch", path: single, summary: "Change " + one, parameters: join([]string{"id"}, selecting, conditional), body: "PatchOp",
			answers: patched, refusals: join(ofSCIM, ofBody, taken, unmatched)},
		{method: "delete", path: single, summary: "Delete " + one, parameters: join([]string{"id"}, conditional),
			answers: []answer{{status: http.StatusNoContent, what: "Deleted."}}, refusals: join(ofSCIM, unread, unmatched)},
	}
	for i := range operations {
		operations[i].tag = collection
	}
	return operations
}

// offerOperations returns the operations of Roles and Entitlements, which are read-only.
func offerOperations() []operation {
	const about = "Only if entitlements are on for the connection (`flexscim connection change`); otherwise 404. "
	unknown := []int{http.StatusNotFound}
	var operations []operation
	for _, t := range offered() {
		path, name := base+t.Endpoint, strings.ToLower(t.Name)
		what := about
		if t.Name == scim.EntitlementType {
			what += "Each other type of entitlement has its own endpoint, see /ResourceTypes."
		}
		operations = append(operations,
			operation{method: "get", path: path, tag: "Entitlements", summary: "List the values that users' " + name + "s can have", parameters: listing, description: what,
				answers: []answer{scimAnswer(http.StatusOK, "A page.", t.Name+"List")}, refusals: join(ofSCIM, unknown, []int{http.StatusBadRequest})},
			operation{method: "post", path: path + "/.search", tag: "Entitlements", summary: "List the values that users' " + name + "s can have, with the parameters in the body", body: "SearchRequest", description: what,
				answers: []answer{scimAnswer(http.StatusOK, "A page.", t.Name+"List")}, refusals: join(ofSCIM, unknown, ofBody)},
			operation{method: "get", path: path + "/{id}", tag: "Entitlements", summary: "Read one of these values; its id is the value in users' " + name + "s", parameters: join([]string{"id"}, selecting), description: what,
				answers: []answer{scimAnswer(http.StatusOK, "The resource. It has no version.", t.Name, "Location", "Content-Location")}, refusals: join(ofSCIM, unknown, []int{http.StatusBadRequest})})
	}
	return operations
}

// searchOperations returns the operations on resources of all types.
func searchOperations() []operation {
	page := []answer{scimAnswer(http.StatusOK, "A page: users, then groups, or both in the order of sortBy.", "AnyList")}
	return []operation{
		{method: "get", path: base, tag: "Search", summary: "List users and groups", parameters: listing, answers: page,
			description: "sortBy names an attribute that both types have: id, externalId, displayName, or one of meta.", refusals: join(ofSCIM, []int{http.StatusBadRequest})},
		{method: "post", path: base + "/.search", tag: "Search", summary: "List users and groups, with the parameters in the body", body: "SearchRequest",
			answers: page, refusals: join(ofSCIM, ofBody)},
		{method: "post", path: base + "/Bulk", tag: "Bulk", summary: "Several operations in one request", body: "BulkRequest",
			description: "Each operation has its own transaction, and gets the status that the same request would get alone. A bulkId may be used before its POST.",
			answers:     []answer{scimAnswer(http.StatusOK, "The results of the operations.", "BulkResponse")}, refusals: join(ofSCIM, ofBody)},
	}
}

// discoveryOperations returns the operations of RFC 7644 §4, and the operation that
// returns the OpenAPI document.
func discoveryOperations() []operation {
	unknown := []int{http.StatusNotFound}
	get := func(path, summary, schema string, parameters []string, more ...[]int) operation {
		shown := scimAnswer(http.StatusOK, "The document.", schema)
		if !strings.HasSuffix(schema, "List") {
			shown.headers = []string{"Content-Location"}
		}
		return operation{method: "get", path: base + path, tag: "Discovery", summary: summary, parameters: parameters,
			answers:  []answer{shown},
			refusals: join(append(more, ofSCIM)...)}
	}
	own := answer{status: http.StatusOK, what: "The document.", media: "application/json", schema: object{"type": "object"}}
	return []operation{
		get("/ServiceProviderConfig", "What this server can do", "ServiceProviderConfig", nil),
		get("/ResourceTypes", "The types of resources", "ResourceTypeList", nil),
		get("/ResourceTypes/{name}", "One type of resources", "ResourceType", []string{"name"}, unknown),
		get("/Schemas", "The schemas", "SchemaList", nil),
		get("/Schemas/{urn}", "One schema, by its URN in any letter case", "Schema", []string{"urn"}, unknown),
		{method: "get", path: base + "/openapi.json", tag: "Discovery", summary: "This document", answers: []answer{own}, refusals: ofToken},
	}
}

// meOperations returns the operations on /Me (RFC 7644 §3.11), which are for tokens
// of people.
func meOperations() []operation {
	const about = "For tokens from `flexscim token create --person`; tokens of identity providers get 501. "
	none := []int{http.StatusNotImplemented}
	all := []operation{{method: "get", path: base + "/Me", tag: "Users", summary: "Read the token's user", parameters: join(selecting, conditional),
		description: about + "Location and Content-Location are the user's own address, as in meta.location.",
		answers: []answer{scimAnswer(http.StatusOK, "The user.", "User", located...),
			{status: http.StatusNotModified, what: "If-None-Match names its version.", headers: located}},
		refusals: join(ofToken, none, []int{http.StatusInternalServerError, http.StatusBadRequest, http.StatusPreconditionFailed})}}
	for _, method := range []string{"post", "put", "patch", "delete"} {
		all = append(all, operation{method: method, path: base + "/Me", tag: "Users", summary: "Not allowed: a person's data comes from the identity provider",
			description: about + "A person's own token gets 403.", refusals: join(ofSCIM, none)})
	}
	return all
}

// processOperations returns the operations of the process's own endpoints.
func processOperations() []operation {
	health := func(status int, what string) answer {
		return answer{status: status, what: what, media: "application/json", schema: schemaRef("Health")}
	}
	return []operation{
		{method: "get", path: "/healthz", tag: "Process", summary: "Does the process run?", open: true,
			answers: []answer{health(http.StatusOK, "It does.")}},
		{method: "get", path: "/readyz", tag: "Process", summary: "Can the process serve SCIM?", open: true,
			answers: []answer{health(http.StatusOK, "It can."), health(http.StatusServiceUnavailable, "It cannot.")}},
	}
}
