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
)

func scimAnswer(status int, what, schema string, headers ...string) answer {
	return answer{status: status, what: what, media: scimJSON, schema: schemaRef(schema), headers: headers}
}

// resourceOperations are those of a collection and of a resource in it. A quiet
// one answers a PATCH with 204.
func resourceOperations(collection, name string, quiet bool) []operation {
	all, single, one := base+"/"+collection, base+"/"+collection+"/{id}", "a "+strings.ToLower(name)
	taken, unread := []int{http.StatusConflict}, []int{http.StatusBadRequest}
	unmatched := []int{http.StatusNotFound, http.StatusPreconditionFailed}
	patched := []answer{scimAnswer(http.StatusOK, "It, as it is now.", name, "ETag")}
	if quiet {
		patched[0].what = "It, as it is now, where `attributes` are asked for."
		patched = append(patched, answer{status: http.StatusNoContent, what: "Done.", headers: []string{"ETag"}})
	}
	operations := []operation{
		{method: "get", path: all, summary: "List, filter, sort", parameters: listing,
			answers:  []answer{scimAnswer(http.StatusOK, "A page.", name+"List")},
			refusals: join(ofSCIM, unread)},
		{method: "post", path: all, summary: "Create " + one, parameters: selecting, body: name + "Request",
			answers: []answer{scimAnswer(http.StatusCreated, "It was made.", name, "ETag", "Location")}, refusals: join(ofSCIM, ofBody, taken)},
		{method: "post", path: all + "/.search", summary: "List, filter, sort: the wishes are in the body", body: "SearchRequest",
			answers: []answer{scimAnswer(http.StatusOK, "A page.", name+"List")}, refusals: join(ofSCIM, ofBody)},
		{method: "get", path: single, summary: "Read " + one, parameters: join([]string{"id"}, selecting, conditional),
			answers: []answer{scimAnswer(http.StatusOK, "It.", name, "ETag"),
				{status: http.StatusNotModified, what: "If-None-Match names its version.", headers: []string{"ETag"}}},
			refusals: join(ofSCIM, unread, unmatched)},
		{method: "put", path: single, summary: "Replace " + one, parameters: join([]string{"id"}, selecting, conditional), body: name + "Request",
			answers: []answer{scimAnswer(http.StatusOK, "It, as it is now.", name, "ETag")}, refusals: join(ofSCIM, ofBody, taken, unmatched)},
		{method: "patch", path: single, summary: "Change " + one, parameters: join([]string{"id"}, selecting, conditional), body: "PatchOp",
			answers: patched, refusals: join(ofSCIM, ofBody, taken, unmatched)},
		{method: "delete", path: single, summary: "Delete " + one, parameters: join([]string{"id"}, conditional),
			answers: []answer{{status: http.StatusNoContent, what: "It is gone."}}, refusals: join(ofSCIM, unread, unmatched)},
	}
	for i := range operations {
		operations[i].tag = collection
	}
	return operations
}

// offerOperations are those of what an IdP may only read.
func offerOperations() []operation {
	const about = "Only where entitlements are on for the connection (`flexscim connection change`), else 404. "
	unknown := []int{http.StatusNotFound}
	var operations []operation
	for _, t := range offered() {
		path, name := base+t.Endpoint, strings.ToLower(t.Name)
		what := about
		if t.Name == scim.EntitlementType {
			what += "Each other type of entitlement has an endpoint of its own, which /ResourceTypes names."
		}
		operations = append(operations,
			operation{method: "get", path: path, tag: "Entitlements", summary: "List what users can have in their " + name + "s", parameters: listing, description: what,
				answers: []answer{scimAnswer(http.StatusOK, "A page.", t.Name+"List")}, refusals: join(ofSCIM, unknown, []int{http.StatusBadRequest})},
			operation{method: "post", path: path + "/.search", tag: "Entitlements", summary: "The same: the wishes are in the body", body: "SearchRequest", description: what,
				answers: []answer{scimAnswer(http.StatusOK, "A page.", t.Name+"List")}, refusals: join(ofSCIM, unknown, ofBody)},
			operation{method: "get", path: path + "/{id}", tag: "Entitlements", summary: "Read one: its id is what a user's " + name + "s have as value", parameters: join([]string{"id"}, selecting), description: what,
				answers: []answer{scimAnswer(http.StatusOK, "It. It has no version.", t.Name)}, refusals: join(ofSCIM, unknown, []int{http.StatusBadRequest})})
	}
	return operations
}

// searchOperations are those of all types together.
func searchOperations() []operation {
	page := []answer{scimAnswer(http.StatusOK, "A page: users, then groups, or both in the order of sortBy.", "AnyList")}
	return []operation{
		{method: "get", path: base, tag: "Search", summary: "List users and groups", parameters: listing, answers: page,
			description: "sortBy names an attribute that both have: id, externalId, displayName, or one of meta.", refusals: join(ofSCIM, []int{http.StatusBadRequest})},
		{method: "post", path: base + "/.search", tag: "Search", summary: "The same: the wishes are in the body", body: "SearchRequest",
			answers: page, refusals: join(ofSCIM, ofBody)},
		{method: "post", path: base + "/Bulk", tag: "Bulk", summary: "Several operations in one request", body: "BulkRequest",
			description: "Each operation has a transaction of its own, and the status that it would have alone. bulkIds may be used before the POST that has them.",
			answers:     []answer{scimAnswer(http.StatusOK, "What became of each operation.", "BulkResponse")}, refusals: join(ofSCIM, ofBody)},
	}
}

// discoveryOperations are those of RFC 7644 §4, and this document's own.
func discoveryOperations() []operation {
	unknown := []int{http.StatusNotFound}
	get := func(path, summary, schema string, parameters []string, more ...[]int) operation {
		return operation{method: "get", path: base + path, tag: "Discovery", summary: summary, parameters: parameters,
			answers:  []answer{scimAnswer(http.StatusOK, "The document.", schema)},
			refusals: join(append(more, ofSCIM)...)}
	}
	own := answer{status: http.StatusOK, what: "The document.", media: "application/json", schema: object{"type": "object"}}
	return []operation{
		get("/ServiceProviderConfig", "What this server can do", "ServiceProviderConfig", nil),
		get("/ResourceTypes", "The types of resources", "ResourceTypeList", nil),
		get("/ResourceTypes/{name}", "One of them", "ResourceType", []string{"name"}, unknown),
		get("/Schemas", "The schemas", "SchemaList", nil),
		get("/Schemas/{urn}", "One of them, by its URN in any letter case", "Schema", []string{"urn"}, unknown),
		{method: "get", path: base + "/openapi.json", tag: "Discovery", summary: "This document", answers: []answer{own}, refusals: ofToken},
	}
}

// meOperations are those of RFC 7644 §3.11, for tokens that stand for a person.
func meOperations() []operation {
	const about = "With a token made by `flexscim token create --person`; with one of an identity provider 501. "
	none := []int{http.StatusNotImplemented}
	all := []operation{{method: "get", path: base + "/Me", tag: "Users", summary: "Read the person whom the token stands for", parameters: join(selecting, conditional),
		description: about + "Location and Content-Location are the user's own address, which meta.location has, too.",
		answers: []answer{scimAnswer(http.StatusOK, "The user.", "User", "ETag", "Location", "Content-Location"),
			{status: http.StatusNotModified, what: "If-None-Match names its version.", headers: []string{"ETag", "Location", "Content-Location"}}},
		refusals: join(ofToken, none, []int{http.StatusInternalServerError, http.StatusBadRequest, http.StatusPreconditionFailed})}}
	for _, method := range []string{"post", "put", "patch", "delete"} {
		all = append(all, operation{method: method, path: base + "/Me", tag: "Users", summary: "Nobody may: what is known of a person comes from the identity provider",
			description: about + "With a person's own token 403.", refusals: join(ofSCIM, none)})
	}
	return all
}

// processOperations are those that are not SCIM.
func processOperations() []operation {
	health := func(status int, what string) answer {
		return answer{status: status, what: what, media: "application/json", schema: schemaRef("Health")}
	}
	return []operation{
		{method: "get", path: "/healthz", tag: "Process", summary: "Does the process answer?", open: true,
			answers: []answer{health(http.StatusOK, "It does.")}},
		{method: "get", path: "/readyz", tag: "Process", summary: "Can it serve SCIM?", open: true,
			answers: []answer{health(http.StatusOK, "It can."), health(http.StatusServiceUnavailable, "It cannot.")}},
		{method: "get", path: "/metrics", tag: "Process", summary: "Metrics for Prometheus",
			description: "Any token of an identity provider reads them, and metrics.token.",
			answers:     []answer{{status: http.StatusOK, what: "Prometheus' text format.", media: "text/plain", schema: object{"type": "string"}}}, refusals: join(ofToken, []int{http.StatusForbidden})},
	}
}
