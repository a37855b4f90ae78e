package scimhttp_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/testdata"
)

// attribute is a row of testdata/rfc/attributes.txt.
type attribute struct {
	schema, name string
	kind         string          // type; ends in [] if multi-valued
	words        map[string]bool // characteristics and canonical values, after our differences are applied
	flags        map[string]bool // dropped, added, computed
}

// rfcAttributes reads testdata/rfc/attributes.txt and applies the differences
// between the RFC and flexscim, which the last column lists. The test fails if a
// difference changes nothing or has no reason.
func rfcAttributes(t *testing.T) []attribute {
	t.Helper()
	text, err := fs.ReadFile(testdata.FS(), "rfc/attributes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rows []attribute
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 {
			t.Fatalf("%q has %d cells, want 6", line, len(cells))
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		a := attribute{schema: cells[0], name: cells[1], kind: cells[2], words: map[string]bool{}, flags: map[string]bool{}}
		for _, w := range strings.Fields(cells[3] + " " + cells[4]) {
			a.words[w] = true
		}
		a.differ(t, line, cells[5])
		rows = append(rows, a)
	}
	return rows
}

func (a *attribute) differ(t *testing.T, line, here string) {
	t.Helper()
	differences, reason, _ := strings.Cut(here, ": ")
	if here != "" && len(reason) < 10 {
		t.Errorf("%s: the difference has no reason", line)
	}
	for _, w := range strings.Fields(differences) {
		word, less := strings.CutPrefix(w, "-")
		switch {
		case w == "dropped", w == "added", w == "computed":
			a.flags[w] = true
		case a.words[word] != less:
			t.Errorf("%s: %s does not differ from the RFC", line, w)
		case less:
			delete(a.words, word)
		default:
			a.words[word] = true
		}
	}
}

// ofDiscovery is the set of the schemas of the discovery documents (RFC 7643
// §8.7.2).
var ofDiscovery = map[string]bool{
	"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig": true,
	"urn:ietf:params:scim:schemas:core:2.0:ResourceType":          true,
	"urn:ietf:params:scim:schemas:core:2.0:Schema":                true,
}

// TestDiscoveryIsAsItsSchemas checks that each discovery document has the
// attributes of its own schema, and no others.
func TestDiscoveryIsAsItsSchemas(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{Grants: grants()})
	var documents []any
	for _, list := range []string{"/ResourceTypes", "/Schemas"} {
		documents = append(documents, s.must(200, "GET", list, "").at("Resources").([]any)...)
	}
	documents = append(documents, s.must(200, "GET", "/ServiceProviderConfig", "").body)
	seen := map[string]bool{}
	for _, raw := range documents {
		document := raw.(map[string]any)
		urn := document["schemas"].([]any)[0].(string)
		if seen[urn] = true; !ofDiscovery[urn] {
			t.Errorf("%v: got schema %s", document["id"], urn)
		}
		a := s.must(200, "GET", strings.TrimPrefix(document["meta"].(map[string]any)["location"].(string), base), "")
		if where := a.header.Get("Content-Location"); where != a.at("meta", "location") {
			t.Errorf("%s: got Content-Location %q, want meta.location", urn, where)
		}
		delete(document, "schemas")
		delete(document, "meta")
		fits(t, urn, document, s.must(200, "GET", "/Schemas/"+urn, "").at("attributes").([]any))
	}
	if diff := cmp.Diff(ofDiscovery, seen); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// fits checks that an object has the attributes of its schema, and no others.
func fits(t *testing.T, where string, object map[string]any, attributes []any) {
	t.Helper()
	known := map[string]bool{}
	for _, raw := range attributes {
		a := raw.(map[string]any)
		name := a["name"].(string)
		known[name] = true
		value, given := object[name]
		if a["required"] == true && !given {
			t.Errorf("%s: %s is required, and missing in %v", where, name, object)
		}
		list, isList := value.([]any)
		if given && isList != (a["multiValued"] == true) {
			t.Errorf("%s: %s is %v", where, name, value)
		}
		if !isList {
			list = []any{value}
		}
		for _, v := range list {
			if inner, ok := v.(map[string]any); ok {
				fits(t, where+" "+name, inner, a["subAttributes"].([]any))
			}
		}
	}
	for name := range object {
		if !known[name] && !strings.HasSuffix(where, " subAttributes") { // in the RFC, too, the schema of schemas does not describe the attributes of subAttributes
			t.Errorf("%s: %s is not in its schema", where, name)
		}
	}
}

// TestSchemasAreTheRFCs checks that /Schemas and testdata/rfc/attributes.txt have
// the same attributes.
func TestSchemasAreTheRFCs(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	served := map[string]string{} // :: schema and attribute → type and characteristics
	for _, r := range s.must(200, "GET", "/Schemas", "").at("Resources").([]any) {
		schema := r.(map[string]any)
		if schema["id"] != scim.URNFlex && !ofDiscovery[schema["id"].(string)] {
			describe(served, schema["name"].(string)+" ", schema["attributes"].([]any))
		}
	}
	want := map[string]string{}
	for _, a := range rfcAttributes(t) {
		want[a.schema+" "+a.name] = a.kind + " " + fmt.Sprint(slices.Sorted(maps.Keys(a.words)))
	}
	if diff := cmp.Diff(want, served); diff != "" {
		t.Errorf("RFC 7643 §8.7.1 with our differences, and /Schemas (-want +got):\n%s", diff)
	}
}

// describe adds each of the attributes to a map, in the form of
// testdata/rfc/attributes.txt.
func describe(into map[string]string, prefix string, attributes []any) {
	for _, raw := range attributes {
		a := raw.(map[string]any)
		kind := a["type"].(string)
		if a["multiValued"] == true {
			kind += "[]"
		}
		words := map[string]bool{a["mutability"].(string): true, a["returned"].(string): true, a["uniqueness"].(string): true}
		for _, common := range []string{"readWrite", "default", "none"} {
			delete(words, common)
		}
		for name, word := range map[string]string{"required": "required", "caseExact": "exact"} {
			if a[name] == true {
				words[word] = true
			}
		}
		for _, list := range []string{"canonicalValues", "referenceTypes"} {
			values, _ := a[list].([]any)
			for _, v := range values {
				words[v.(string)] = true
			}
		}
		name := prefix + a["name"].(string)
		into[name] = kind + " " + fmt.Sprint(slices.Sorted(maps.Keys(words)))
		if subs, ok := a["subAttributes"].([]any); ok {
			describe(into, name+".", subs)
		}
	}
}

// TestAttributesBehave checks that the server treats each attribute as
// testdata/rfc/attributes.txt describes it. The test writes the attribute, reads
// it, excludes it from a response, searches for it and removes it.
func TestAttributesBehave(t *testing.T) {
	t.Parallel()
	rows := rfcAttributes(t)
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		for _, a := range rows {
			if strings.HasPrefix(a.kind, "complex") {
				continue
			}
			t.Run(a.schema+" "+a.name, func(t *testing.T) {
				t.Parallel()
				c := newTenant(t, directory.New(s, store.Connection{ID: store.ConnectionID(scim.NewID()), Name: a.name}))
				switch {
				case a.flags["dropped"]:
					c.isDropped(a)
				case strings.HasPrefix(a.name, "members."):
					c.isComputed(a)
				case a.words["readOnly"]:
					c.isReadOnly(a)
				default:
					c.isWritten(a)
				}
			})
		}
	})
}

// path returns the full name of the attribute, which filters and PATCH operations
// use.
func (a attribute) path() string {
	if a.schema == "EnterpriseUser" {
		return urnEnt + ":" + a.name
	}
	return a.name
}

// sample returns a value of the attribute's type. Different numbers n give
// different values.
func (a attribute) sample(n int) any {
	switch a.kind {
	case "boolean":
		return n%2 == 1
	case "binary":
		return []string{"QUJDRA==", "RUZHSA=="}[n%2]
	}
	return fmt.Sprintf("Value %c", 'A'+n)
}

// body returns the JSON of a resource that has the given value for the attribute,
// and that has all required attributes.
func (a attribute) body(name string, value any) string {
	whole := map[string]any{}
	into := whole
	if a.schema == "EnterpriseUser" {
		into = map[string]any{}
		whole[urnEnt] = into
	}
	unique := map[string]string{"Group": "displayName"}[a.schema]
	if unique == "" {
		unique = "userName"
	}
	whole[unique] = name
	attr, sub, nested := strings.Cut(a.name, ".")
	switch {
	case !nested:
		into[attr] = value
	case attr == "name":
		into[attr] = map[string]any{sub: value}
	case attr == "manager":
		into[attr] = merged(map[string]any{"value": "00uNobody"}, sub, value)
	case attr == "addresses":
		into[attr] = []any{merged(map[string]any{"locality": "Here"}, sub, value)}
	default:
		into[attr] = []any{merged(map[string]any{"value": "QUJD"}, sub, value)}
	}
	text, _ := json.Marshal(whole)
	return string(text)
}

func merged(object map[string]any, name string, value any) map[string]any {
	object[name] = value
	return object
}

// shown returns the value of the attribute in a response. If the attribute is
// multi-valued, it returns the value of the first element.
func (a attribute) shown(got answer) any {
	var path []any
	if a.schema == "EnterpriseUser" {
		path = append(path, urnEnt)
	}
	attr, sub, nested := strings.Cut(a.name, ".")
	path = append(path, attr)
	if _, isList := got.at(path...).([]any); isList {
		path = append(path, 0)
	}
	if nested {
		path = append(path, sub)
	}
	return got.at(path...)
}

func (a attribute) endpoint() string {
	if a.schema == "Group" {
		return "/Groups"
	}
	return "/Users"
}

// wants fails the test unless the attribute has this value in a response.
func (c *tenant) wants(what string, a attribute, got answer, want any) {
	c.t.Helper()
	if shown := a.shown(got); shown != want {
		c.t.Errorf("%s: got %v, want %v in %s", what, shown, want, got.text)
	}
}

// isWritten checks that a client can write, read, exclude, search and remove an
// attribute of mutability readWrite.
func (c *tenant) isWritten(a attribute) {
	one, two := a.sample(1), a.sample(2)
	name := "made"
	if a.words["server"] {
		name = fmt.Sprint(one)
	}
	made := c.must(201, "POST", a.endpoint(), a.body(name, one))
	path := a.endpoint() + "/" + made.at("id").(string)
	c.wants("POST", a, made, one)
	c.wants("GET", a, c.must(200, "GET", path, ""), one)
	c.wants("attributes", a, c.must(200, "GET", path+"?attributes="+a.path(), ""), one)
	c.wants("other attributes", a, c.must(200, "GET", path+"?attributes=externalId", ""), nil)
	c.wants("excludedAttributes", a, c.must(200, "GET", path+"?excludedAttributes="+a.path(), ""), nil)
	c.isSearched(a, one)
	again := map[bool]int{false: 201, true: 409}[a.words["server"]]
	c.must(again, "POST", a.endpoint(), a.body(map[bool]string{false: "other", true: fmt.Sprint(one)}[a.words["server"]], one))
	c.wants("PUT", a, c.must(200, "PUT", path, a.body(name, two)), two)
	op, _ := json.Marshal(map[string]any{"op": "replace", "path": a.path(), "value": one})
	c.must(map[string]int{"/Users": 200, "/Groups": 204}[a.endpoint()], "PATCH", path, envelope(string(op)))
	c.wants("PATCH", a, c.must(200, "GET", path, ""), one)
	remove := `{"op":"remove","path":"` + a.path() + `"}`
	if a.words["required"] {
		c.play("PATCH · " + path + " · " + remove + " · 400 · scimType=mutability")
		c.play("POST · " + a.endpoint() + ` · {"externalId":"x"} · 400 · scimType=invalidValue`)
		return
	}
	c.must(200, "PATCH", path, envelope(remove))
	c.wants("remove", a, c.must(200, "GET", path, ""), nil)
}

// isSearched checks that a filter finds the value, and that the filter is
// case-sensitive if and only if the attribute is caseExact.
func (c *tenant) isSearched(a attribute, value any) {
	text, isText := value.(string)
	literal, _ := json.Marshal(value)
	count := func(literal string) string {
		return c.must(200, "GET", a.endpoint()+"?filter="+escape(a.path()+" eq "+literal), "").shown("totalResults")
	}
	if got := count(string(literal)); got == "0" {
		c.t.Errorf("a filter for %s finds nothing", literal)
	}
	if !isText {
		return
	}
	swapped := strings.Map(otherCase, text)
	want := map[bool]string{true: "0", false: "1"}[a.words["exact"]]
	if got := count(`"` + swapped + `"`); got != want {
		c.t.Errorf("a filter for %q: got %s, want %s", swapped, got, want)
	}
}

func otherCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

// isReadOnly checks that POST and PUT ignore the value of a readOnly attribute, and
// that PATCH refuses it.
func (c *tenant) isReadOnly(a attribute) {
	lie := a.sample(3)
	got := c.must(200, "PUT", c.known("/Users/{ann}"), a.body("ann@x.io", lie))
	c.wants("PUT is ignored", a, got, a.shown(c.must(200, "GET", c.known("/Users/{ann}"), "")))
	if shown := a.shown(got); shown == lie || shown == nil {
		c.t.Errorf("got %v, want the server's own value", shown)
	}
	c.wants("POST is ignored", a, c.must(201, "POST", "/Users", a.body("made", lie)), nil)
	c.play(`PATCH · /Users/{ann} · {"op":"replace","path":"` + a.path() + `","value":"x"} · 400 · scimType=mutability`)
}

// isComputed checks a sub-attribute of the attribute `members`. The response must
// have the value that the server computes from the id of the member, and a PATCH
// must not change it.
func (c *tenant) isComputed(a attribute) {
	member := merged(map[string]any{"value": c.known("{bob}")}, strings.TrimPrefix(a.name, "members."), c.known("{bob}"))
	text, _ := json.Marshal(map[string]any{"displayName": "made", "members": []any{member}})
	want := map[string]any{"members.value": c.known("{bob}"), "members.$ref": c.known("{base}/Users/{bob}"), "members.type": "User", "members.display": "Bob"}[a.name]
	got := c.must(201, "POST", "/Groups", string(text))
	c.wants("POST", a, got, want)
	path := "/Groups/" + got.at("id").(string)
	op := `{"op":"replace","path":"` + a.path() + `","value":"x"}`
	if a.flags["computed"] {
		c.must(204, "PATCH", path, envelope(op))
	} else {
		c.play("PATCH · " + path + " · " + op + " · 400 · scimType=mutability")
		c.isSearched(a, c.known("{bob}"))
	}
	c.wants("PATCH", a, c.must(200, "GET", path, ""), want)
}

// isDropped checks that the server accepts an attribute but neither stores it nor
// lets a filter name it.
func (c *tenant) isDropped(a attribute) {
	got := c.must(201, "POST", "/Users", a.body("made", "Value A"))
	got = c.must(200, "GET", "/Users/"+got.at("id").(string)+"?attributes="+a.name+",userName", "")
	if strings.Contains(got.text, "Value A") || strings.Contains(got.text, a.name) {
		c.t.Errorf("got the ignored attribute back: %s", got.text)
	}
	c.must(400, "GET", "/Users?filter="+escape(a.name+` eq "Value A"`), "")
}
