package openapi_test

import (
	"net/url"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

const (
	urn      = "urn:ietf:params:scim:"
	search   = `{"schemas":["` + urn + `api:messages:2.0:SearchRequest"]`
	bulk     = `{"schemas":["` + urn + `api:messages:2.0:BulkRequest"],"Operations":[`
	tooLarge = maxBody + 1
	late     = "a body that does not arrive in time"
)

// exchanges returns requests that together use every operation and parameter of the
// document and produce most of its errors.
func exchanges() []exchange {
	return slices.Concat(resources("Users", "userName", 200), resources("Groups", "displayName", 204), offers("Roles", "agent"), offers("Entitlements", "quality"), rootRequests(), meRequests(), bulks(), discovery(), process())
}

func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "?" + v.Encode()
}

// refusedBodies returns requests with bodies that the operation must refuse.
func refusedBodies(method, path string) []exchange {
	return []exchange{
		{method: method, path: path, body: `[`, status: 400},
		{method: method, path: path, body: late, status: 408},
		{method: method, path: path, body: `{"x":"` + strings.Repeat("x", tooLarge) + `"}`, status: 413},
		{method: method, path: path, body: `<x/>`, status: 415, header: []string{"Content-Type", "text/xml"}},
		{method: method, path: path, body: `x`, status: 415, header: []string{"Content-Encoding", "br"}},
	}
}

// pages returns requests for the pages of a collection.
func pages(path, name string) []exchange {
	return []exchange{
		{method: "GET", path: path, status: 200},
		{method: "HEAD", path: path, status: 200},
		{method: "GET", path: path + query("filter", name+` sw "A"`, "sortBy", name, "sortOrder", "descending", "startIndex", "1", "count", "2", "attributes", name+",meta.version"), status: 200},
		{method: "GET", path: path + query("excludedAttributes", "meta", "unknown", "x"), status: 200},
		{method: "GET", path: path + query("cursor", "", "count", "1"), status: 200, keep: "{next}"},
		{method: "GET", path: path + query("count", "1") + "&cursor={next}", status: 200},
		{method: "GET", path: path + query("cursor", "wrong"), status: 400},
		{method: "GET", path: path + query("filter", "shoeSize eq 42"), status: 400},
		{method: "GET", path: path + query("count", "many"), status: 400},
		{method: "POST", path: path + "/.search", body: search + `,"filter":"` + name + ` pr","sortBy":"` + name + `","sortOrder":"ascending","startIndex":1,"count":2,"attributes":["` + name + `"]}`, status: 200},
		{method: "POST", path: path + "/.search", body: search + `,"excludedAttributes":["meta"],"cursor":"","count":1}`, status: 200},
	}
}

// resources returns requests for the operations of a collection, Users or Groups.
// The argument name is the unique attribute of its resources. The argument patched
// is the status of a successful PATCH.
func resources(collection, name string, patched int) []exchange {
	path := "/scim/v2/" + collection
	schema := `{"schemas":["` + urn + `schemas:core:2.0:` + strings.TrimSuffix(collection, "s") + `"],"` + name + `":`
	one, none := path+"/{a}", path+"/"+nobody
	more := `}`
	if collection == "Users" {
		more = full
	}
	list := slices.Concat([]exchange{
		{method: "POST", path: path, body: schema + `"A one"` + more, status: 201, keep: "{a}"},
		{method: "POST", path: path + query("attributes", name), body: schema + `"A two"}`, status: 201, keep: "{b}"},
		{method: "POST", path: path + query("excludedAttributes", "meta"), body: schema + `"A three"}`, status: 201, keep: "{c}"},
		{method: "POST", path: path, body: schema + `"a ONE"}`, status: 409},
	}, refusedBodies("POST", path), pages(path, name), refusedBodies("POST", path+"/.search"))
	list = append(list, singles(one, none, name, schema, patched)...)
	return slices.Concat(list, refusedBodies("PUT", one), refusedBodies("PATCH", one), []exchange{
		{method: "DELETE", path: none, status: 404},
		{method: "DELETE", path: path + "/{b}", status: 412, header: []string{"If-Match", `"77"`}},
		{method: "DELETE", path: path + "/{b}", status: 412, header: []string{"If-None-Match", `*`}},
		{method: "DELETE", path: path + "/{b}", status: 400, header: []string{"If-Match", `1`}},
		{method: "DELETE", path: path + "/{b}", status: 204, header: []string{"If-Match", `*`}},
	})
}

// full is the end of a user's JSON object, with attributes of each type.
const full = `,"externalId":"00u1","name":{"givenName":"Ann"},"active":true,"emails":[{"value":"a@x.io","type":"work","primary":true}],
"addresses":[{"locality":"Berlin"}],"roles":[{"value":"agent"}],"x509Certificates":[{"value":"AAAA"}],
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Care","manager":{"value":"m1"}},
"urn:ietf:params:scim:schemas:extension:flexscim:2.0:User":{"skills":[{"name":"billing","level":3}],"capacity":[{"channel":"chat","units":2}],"languages":["de"],"walkOut":false}}`

// singles returns requests for the operations on a single resource. The argument
// one is the path of a resource, and the argument none is a path at which there is
// no resource.
func singles(one, none, name, schema string, patched int) []exchange {
	patch := func(path, value string) string {
		return `{"schemas":["` + urn + `api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"` + path + `","value":` + value + `}]}`
	}
	other := []string{"If-Match", `W/"77"`}
	current := []string{"If-None-Match", "*"}
	list := []exchange{
		{method: "GET", path: one, status: 200},
		{method: "HEAD", path: one, status: 200},
		{method: "GET", path: one + query("attributes", name), status: 200},
		{method: "GET", path: one + query("excludedAttributes", name), status: 200, header: []string{"If-Match", "*"}},
		{method: "GET", path: one, status: 304, header: current},
		{method: "GET", path: one, status: 412, header: other},
		{method: "GET", path: one + "?attributes=%zz", status: 400},
		{method: "GET", path: none, status: 404},
		{method: "PATCH", path: one, body: patch(name, `"A four"`), status: patched},
		{method: "PATCH", path: one + query("attributes", name), body: patch(name, `"A five"`), status: 200},
		{method: "PATCH", path: one + query("excludedAttributes", name), body: patch("externalId", `"e"`), status: patched},
		{method: "PATCH", path: one, body: patch(name, `"A two"`), status: 409},
		{method: "PATCH", path: one, body: patch("shoeSize[", `1`), status: 400},
	}
	for method, body := range map[string]string{"PUT": schema + `"A six"}`, "PATCH": patch("externalId", `"x"`)} {
		list = append(list,
			exchange{method: method, path: none, body: body, status: 404},
			exchange{method: method, path: one, body: body, status: 412, header: other},
			exchange{method: method, path: one, body: body, status: 412, header: current})
	}
	return append(list,
		exchange{method: "PUT", path: one, body: schema + `"A two"}`, status: 409},
		exchange{method: "PUT", path: one + query("attributes", name), body: schema + `"A six"}`, status: 200},
		exchange{method: "PUT", path: one + query("excludedAttributes", "meta"), body: schema + `"A six"}`, status: 200})
}

// offers returns requests for a read-only collection, Roles or Entitlements, that
// has two resources.
func offers(collection, id string) []exchange {
	path := "/scim/v2/" + collection
	return slices.Concat(pages(path, "displayName"), refusedBodies("POST", path+"/.search"), []exchange{
		{method: "GET", path: path + "/" + id, status: 200},
		{method: "HEAD", path: path + "/" + id, status: 200},
		{method: "GET", path: path + "/" + id + query("attributes", "displayName"), status: 200},
		{method: "GET", path: path + "/" + id + query("excludedAttributes", "meta"), status: 200},
		{method: "GET", path: path + "/" + nobody, status: 404},
		{method: "GET", path: path + "/" + id + "?attributes=%zz", status: 400},
	})
}

// withoutOffer returns requests to a connection whose entitlements are off.
func withoutOffer() []exchange {
	var list []exchange
	for _, path := range []string{"/scim/v2/Roles", "/scim/v2/Entitlements"} {
		list = append(list, exchange{method: "GET", path: path, status: 404}, exchange{method: "POST", path: path + "/.search", body: search + `}`, status: 404})
	}
	return list
}

// rootRequests returns requests for lists of users and groups together, at
// /scim/v2.
func rootRequests() []exchange {
	list := append(pages("/scim/v2", "externalId"), exchange{method: "GET", path: "/scim/v2?sortBy=userName", status: 400}, exchange{method: "GET", path: "/scim/v2?sortOrder=ascending", status: 200})
	return append(list, refusedBodies("POST", "/scim/v2/.search")...)
}

// meRequests returns requests for /Me, with a token of a person and with a token of
// an IdP.
func meRequests() []exchange {
	ann := []string{"Authorization", "Bearer " + annsToken}
	const me = "/scim/v2/Me"
	list := []exchange{
		{method: "GET", path: me, status: 200, header: ann},
		{method: "HEAD", path: me, status: 200, header: ann},
		{method: "GET", path: me + query("attributes", "userName"), status: 200, header: ann},
		{method: "GET", path: me + query("excludedAttributes", "meta"), status: 200, header: ann},
		{method: "GET", path: me, status: 304, header: append([]string{"If-None-Match", `W/"1"`}, ann...)},
		{method: "GET", path: me, status: 412, header: append([]string{"If-Match", `W/"77"`}, ann...)},
		{method: "GET", path: me + "?attributes=%zz", status: 400, header: ann},
		{method: "GET", path: "/scim/v2/Schemas", status: 200, header: ann},
		{method: "GET", path: "/scim/v2/openapi.json", status: 200, header: ann},
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		list = append(list, exchange{method: method, path: me, status: 501})
	}
	return list
}

func bulks() []exchange {
	return append(refusedBodies("POST", "/scim/v2/Bulk"), exchange{method: "POST", path: "/scim/v2/Bulk", status: 200, body: bulk +
		`{"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"bulk"}},
		{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"Bulk","members":[{"value":"bulkId:u"}]}},
		{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"add","path":"externalId","value":"x"}]}},
		{"method":"PUT","path":"/Users/bulkId:u","version":"W/\"77\"","data":{"userName":"bulk"}},
		{"method":"DELETE","path":"/Users/bulkId:u"},{"method":"POST","path":"/Users","bulkId":"v","data":{"title":"no name"}}]}`})
}

func discovery() []exchange {
	var list []exchange
	for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/ResourceTypes/Role", "/Schemas", "/Schemas/" + scim.URNEntitlement, "/Schemas/" + strings.ToUpper(urn) + "schemas:core:2.0:Group"} {
		list = append(list, exchange{method: "GET", path: "/scim/v2" + path, status: 200},
			exchange{method: "HEAD", path: "/scim/v2" + path, status: 200},
			exchange{method: "GET", path: "/scim/v2" + path + query("filter", "id pr"), status: 403})
	}
	return append(list,
		exchange{method: "GET", path: "/scim/v2/ResourceTypes/License", status: 404},
		exchange{method: "GET", path: "/scim/v2/Schemas/urn:none", status: 404},
		exchange{method: "GET", path: "/scim/v2/openapi.json", status: 200})
}

func process() []exchange {
	none := []string{"Authorization", "none"}
	return []exchange{
		{method: "GET", path: "/healthz", status: 200, header: none},
		{method: "GET", path: "/readyz", status: 200, header: none},
	}
}
