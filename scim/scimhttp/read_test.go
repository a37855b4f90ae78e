package scimhttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// asked is a directory that stores the last query that it received.
type asked struct {
	scim.Directory

	query scim.Query
}

func (a *asked) Users(_ context.Context, q scim.Query) (scim.Page[scim.User], error) {
	a.query = q
	return scim.Page[scim.User]{}, nil
}

func (a *asked) Groups(_ context.Context, q scim.Query) (scim.Page[scim.Group], error) {
	a.query = q
	return scim.Page[scim.Group]{}, nil
}

func eq(attr, sub string, value any) scim.Compare {
	return scim.Compare{Attr: attr, Sub: sub, Op: scim.Eq, Value: value}
}

func co(attr, value string) scim.Compare {
	return scim.Compare{Attr: attr, Op: scim.Co, Value: value}
}

func created(after string) scim.Compare {
	return scim.Compare{Attr: "meta", Sub: "created", Op: scim.Gt, Value: after}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	manager := scim.Compare{URN: scim.URNEnterprise, Attr: "manager", Sub: "value", Op: scim.Eq, Value: "m1"}
	emails := func(f scim.Filter) scim.Element { return scim.Element{Attr: "emails", Filter: f} }
	annsMail := emails(scim.And{eq("type", "", "work"), eq("value", "", "ann@x.io")})
	for _, row := range []struct {
		filter string // filter on users, or on groups if it starts with "Groups?"
		want   scim.Filter
	}{
		{`userName eq "ann@x.io"`, eq("userName", "", "ann@x.io")},
		{`USERNAME EQ "Ann@X.io"`, eq("userName", "", "Ann@X.io")}, // row 45
		{urnUser + `:userName eq "ann"`, eq("userName", "", "ann")},
		{`externalId eq "00u"`, eq("externalId", "", "00u")},
		{`displayName eq "Ann Ä 😀 \"Q\" \\ é"`, eq("displayName", "", `Ann Ä 😀 "Q" \ é`)},
		{`userName eq "john.123+a%b'c@x.io"`, eq("userName", "", "john.123+a%b'c@x.io")},
		{`id eq "x" and manager eq "m1"`, scim.And{eq("id", "", "x"), manager}}, // T60
		{urnEnt + `:manager.value eq "m1"`, manager},
		{`emails.value eq "ann@x.io"`, eq("emails", "value", "ann@x.io")},
		{`emails eq "ann@x.io"`, eq("emails", "value", "ann@x.io")},
		{`emails[value eq "ann@x.io"]`, eq("emails", "value", "ann@x.io")},
		{`emails[type eq "work" and value eq "ann@x.io"]`, annsMail},
		{`emails[type eq "work"].value eq "ann@x.io"`, annsMail}, // T39
		{`emails[type eq "work"].value eq "ann@x.io" and active eq true`, scim.And{annsMail, eq("active", "", true)}},
		// a value filter can contain any expression (RFC 7644 §3.4.2.2)
		{`emails[type eq "work" and value co "@x" and primary eq true]`, emails(scim.And{eq("type", "", "work"), co("value", "@x"), eq("primary", "", true)})},
		{`emails[type eq "work" and (value co "a" or value co "b")]`, emails(scim.And{eq("type", "", "work"), scim.Or{co("value", "a"), co("value", "b")}})},
		{`emails[type eq "work" and not (value co "x")]`, emails(scim.And{eq("type", "", "work"), scim.Not{Term: co("value", "x")}})},
		{`emails[(type eq "work")]`, eq("emails", "type", "work")},
		{`emails [ type eq "work" or not(primary pr) ] and title pr`, scim.And{
			emails(scim.Or{eq("type", "", "work"), scim.Not{Term: scim.Compare{Attr: "primary", Op: scim.Pr}}}), scim.Compare{Attr: "title", Op: scim.Pr}}},
		{`not (emails[type eq "]" and value eq "["]) or ims[value eq "b"]`, scim.Or{
			scim.Not{Term: emails(scim.And{eq("type", "", "]"), eq("value", "", "[")})}, eq("ims", "value", "b")}},
		{`emails[type eq "work" or type eq "home"].value eq "ann@x.io"`, emails(scim.And{scim.Or{eq("type", "", "work"), eq("type", "", "home")}, eq("value", "", "ann@x.io")})},
		// a complex attribute with one value is treated as a list with one element
		{`name[givenName eq "Ann"]`, eq("name", "givenName", "Ann")},
		{`name[givenName eq "Ann" and familyName pr]`, scim.Element{Attr: "name", Filter: scim.And{eq("givenName", "", "Ann"), scim.Compare{Attr: "familyName", Op: scim.Pr}}}},
		{`name[givenName ne "Ann"]`, scim.Element{Attr: "name", Filter: scim.Compare{Attr: "givenName", Op: scim.Ne, Value: "Ann"}}},
		{urnEnt + `:manager[value eq "m1"]`, manager},
		{`manager[value eq "m1"]`, manager},
		{`meta[lastModified gt "2026-01-02T03:04:05Z" and not (version eq "W/\"1\"")]`, scim.And{
			scim.Compare{Attr: "meta", Sub: "lastModified", Op: scim.Gt, Value: "2026-01-02T03:04:05Z"}, scim.Not{Term: eq("meta", "version", `W/"1"`)}}},
		// the query omits a comparison that has the same result for all resources
		// (§3.4.2.1)
		{`meta.resourceType eq "User"`, nil},
		{`meta[resourceType eq "User"] and title pr`, scim.Compare{Attr: "title", Op: scim.Pr}},
		{`schemas eq "` + urnUser + `"`, nil},
		{`meta.resourceType eq "Group"`, scim.Or{}},
		// the time zone of an xsd:dateTime is optional, and a plus that the client did
		// not escape becomes a space
		{`meta.created gt "2026-11-26T08:21:58"`, created("2026-11-26T08:21:58Z")},
		{`meta.created gt "2026-11-26t08:21:58.25z"`, created("2026-11-26T08:21:58.25Z")},
		{`meta.created gt "2026-11-26T08:21:58 02:00"`, created("2026-11-26T08:21:58+02:00")},
		{`meta.created gt "2026-11-26T08:21:58-07:00"`, created("2026-11-26T08:21:58-07:00")},
		{`emails[not (type eq "work")]`, emails(scim.Not{Term: eq("type", "", "work")})},
		{`emails[type ne "work"]`, emails(scim.Compare{Attr: "type", Op: scim.Ne, Value: "work"})},
		{scim.URNFlex + `:languages[value eq "de"]`, scim.Compare{URN: scim.URNFlex, Attr: "languages", Op: scim.Eq, Value: "de"}},
		{`externalId eq jyoung`, eq("externalId", "", "jyoung")}, // row 46
		{`displayName eq 'Ann O Neil' and emails[type eq 'work'].value eq 'ann@x.io'`, scim.And{eq("displayName", "", "Ann O Neil"), annsMail}},
		{`displayName eq O'Neil`, eq("displayName", "", "O'Neil")},
		{`externalId eq 'a'b`, eq("externalId", "", "'a'b")},
		{`externalId eq 701984`, eq("externalId", "", "701984")},
		{`active eq "False"`, eq("active", "", false)}, // row 28
		{`not (title pr) or userName sw "a"`, scim.Or{
			scim.Not{Term: scim.Compare{Attr: "title", Op: scim.Pr}},
			scim.Compare{Attr: "userName", Op: scim.Sw, Value: "a"},
		}},
		{`title eq null`, eq("title", "", nil)},
		{`meta.lastModified gt "2026-01-02T03:04:05Z"`, scim.Compare{Attr: "meta", Sub: "lastModified", Op: scim.Gt, Value: "2026-01-02T03:04:05Z"}},
		{scim.URNFlex + `:languages eq "de"`,
			scim.Compare{URN: scim.URNFlex, Attr: "languages", Op: scim.Eq, Value: "de"}},
		{`emails[type eq "work"]`, eq("emails", "type", "work")},
		// the directory does not store URLs, so the query has a filter on the id
		{`meta.location eq "` + base + `/Users/u1"`, eq("id", "", "u1")},
		{`meta[location eq "` + base + `/Groups/u1" or location pr] and title pr`, scim.Compare{Attr: "title", Op: scim.Pr}},
		{`groups.$ref eq "` + base + `/Groups/g1"`, scim.Element{Attr: "groups", Filter: eq("value", "", "g1")}},
		{`Groups?members[$ref eq "` + base + `/Users/u1"]`, scim.Element{Attr: "members", Filter: scim.And{eq("type", "", "User"), eq("value", "", "u1")}}},
		{`Groups?displayName eq "Flex Supervisors"`, eq("displayName", "", "Flex Supervisors")},
		{`Groups?members eq "u1"`, eq("members", "value", "u1")},
		{`Groups?members.value eq "u1"`, eq("members", "value", "u1")},
		{`Groups?id eq "g" and members[value eq "u1"]`, scim.And{eq("id", "", "g"), eq("members", "value", "u1")}},
	} {
		t.Run(row.filter, func(t *testing.T) {
			t.Parallel()
			d := &asked{}
			s := open(t, scimhttp.Config{Directory: d})
			path, text := "/Users", row.filter
			if rest, isGroup := strings.CutPrefix(text, "Groups?"); isGroup {
				path, text = "/Groups", rest
			}
			for range 2 { // parsing the filter twice gives the same query
				s.must(200, "GET", path+"?filter="+escape(text), "")
				if diff := cmp.Diff(row.want, d.query.Filter); diff != "" {
					t.Errorf("filter (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestFilterRefused(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, text := range []string{
		`shoeSize eq 42`, // unknown attribute
		`emails.colour eq "red"`,
		`emails[colour eq "red"]`,
		`emails[type eq "work"`, `emails[type eq "work"].value`, `emails[type eq "work"].value eq`, `emails[]`, `emails[type eq "work"]]`, `emails]`,
		`emails[type eq "work" and emails[value eq "a"]]`, `emails[type eq "work"] title pr`, `emails.type[value eq "a"]`, `userName[value eq "ann"]`,
		`emails[type eq "work" value eq "a"]`, `emails[type eq "work" and]`, `name[shoeSize eq 42]`, `[type eq "work"]`,
		`emails[value pr] emails[value pr]`, `emails[name.givenName eq "a"]`, `meta.created gt "2026-11-26"`, `meta.created gt "2026-11-26 08:21:58"`,
		`urn:unknown:2.0:User:userName eq "a"`,
		`userName`, `userName eq`, `eq "a"`, `userName eq "a`, `userName eq "a" and`, `userName is "a"`,
		`userName eq "a" "b"`, `(userName eq "a"`, `userName eq "a")`, `userName eq two words`,
		`active gt true`, `active eq "maybe"`, `name eq "a"`, `"userName" eq "a"`, `userName eq "\q"`,
		"userName eq \"a\x00b\"", `userName eq "\u0000"`, "userName eq \"\xff\"",
		strings.Repeat("not(", 3000) + `userName eq "a"` + strings.Repeat(")", 3000),
		strings.Repeat("(", 900) + `userName eq "a"` + strings.Repeat(")", 900),
		strings.Repeat(`userName eq "a" or `, 64) + `userName eq "a"`,
		`userName eq "` + strings.Repeat("a", 5000) + `"`,
	} {
		a := s.must(400, "GET", "/Users?filter="+escape(text), "")
		if a.at("scimType") != "invalidFilter" {
			t.Errorf("%.60q: got scimType %v, want invalidFilter", text, a.at("scimType"))
		}
		checkError(t, a)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxPage: 4, DefaultPage: 3})
	for i := range 6 {
		s.user(fmt.Sprintf("user%d@x.io", i))
	}
	for _, row := range []struct {
		query               string
		start, total, items int
	}{
		{"", 1, 6, 3},
		{"?startIndex=1&count=2", 1, 6, 2},
		{"?startIndex=6&count=5", 6, 6, 1}, // itemsPerPage is the number of resources in the page
		{"?startIndex=100001&count=100", 100001, 6, 0},
		{"?startIndex=0&count=1", 1, 6, 1},
		{"?startIndex=-3", 1, 6, 3},
		{"?count=0", 1, 6, 0}, // row 43
		{"?count=-1", 1, 6, 0},
		{"?count=100000", 1, 6, 4},                              // row 42
		{"?aadOptscim062020&startIndex=&count=&foo=1", 1, 6, 3}, // row 41, T37
		{"?filter=" + escape(`userName eq "USER3@x.io"`), 1, 1, 1},
		{"?filter=" + escape(`userName eq "nobody"`), 1, 0, 0}, // row 1
	} {
		a := s.must(200, "GET", "/Users"+row.query, "")
		got := fmt.Sprintln(a.at("schemas", 0), a.at("startIndex"), a.at("totalResults"), a.at("itemsPerPage"), len(a.at("Resources").([]any)))
		want := fmt.Sprintln("urn:ietf:params:scim:api:messages:2.0:ListResponse", row.start, row.total, row.items, row.items)
		if got != want {
			t.Errorf("%s: got %s, want %s", row.query, got, want)
		}
		if a.header.Get("Content-Type") != "application/scim+json" {
			t.Errorf("%s: got Content-Type %s", row.query, a.header.Get("Content-Type"))
		}
	}
	checkError(t, s.must(400, "GET", "/Users?count=ten", ""))
}

func TestProjection(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	body := `{"schemas":["` + urnUser + `"],"userName":"ann@x.io","name":{"givenName":"Ann","familyName":"Lee"},"externalId":"00u1",
		"emails":[{"value":"ann@x.io","type":"work","primary":true}],"` + urnEnt + `":{"department":"Care","manager":{"value":"m1"}}}`
	path := "/Users/" + s.must(201, "POST", "/Users", body).at("id").(string)
	all := "schemas id externalId userName name emails " + urnEnt + " meta"
	for _, row := range []struct{ query, want string }{
		{"", all},
		{"?attributes=userName", "schemas id userName"},
		{"?attributes=USERNAME,%20externalid", "schemas id externalId userName"},
		{"?attributes=" + urnUser + ":userName", "schemas id userName"},
		{"?attributes=name.familyName", "schemas id name.familyName"},
		{"?attributes=emails.value&attributes=meta.version", "schemas id emails.value meta.version"},
		{"?attributes=" + escape(`emails[type eq "work"]`), "schemas id emails"},
		{"?attributes=" + urnEnt, "schemas id " + urnEnt},
		{"?attributes=" + urnEnt + ":department", "schemas id " + urnEnt + ".department"},
		{"?attributes=" + urnEnt + ":manager.value", "schemas id " + urnEnt + ".manager"},
		{"?attributes=department", "schemas id " + urnEnt + ".department"},
		{"?attributes=MANAGER", "schemas id " + urnEnt + ".manager"},
		{"?excludedAttributes=manager,meta", "schemas id externalId userName name emails " + urnEnt + ".department"},
		{"?attributes=" + strings.ToLower(urnUser), "schemas id userName name emails"},
		{"?excludedAttributes=" + urnUser, "schemas id externalId " + urnEnt + " meta"},
		{"?attributes=shoeSize", "schemas id"},
		{"?attributes=title", "schemas id"},
		{"?attributes=", all},
		{"?excludedAttributes=id,schemas,emails,meta,name.givenName", "schemas id externalId userName name.familyName " + urnEnt},
		{"?excludedAttributes=" + urnEnt + ":department", "schemas id externalId userName name emails " + urnEnt + ".manager meta"},
		{"?excludedAttributes=shoeSize", all},
		{"?excludedAttributes=emails.value,emails.type,emails.primary", "schemas id externalId userName name " + urnEnt + " meta"}, // no [{}]
	} {
		for _, a := range []answer{
			s.must(200, "GET", path+row.query, ""),
			s.must(200, "PUT", path+row.query, body),
			s.must(200, "PATCH", path+row.query, `{"Operations":[]}`),
			firstResource(s.must(200, "GET", "/Users"+row.query, "")),
		} {
			if got := shape(a.body.(map[string]any), strings.Fields(row.want)); got != row.want {
				t.Errorf("%s: got %s, want %s", row.query, got, row.want)
			}
		}
	}
	a := s.must(201, "POST", "/Users?attributes=userName", strings.NewReplacer("ann@x.io", "bob@x.io", "00u1", "00u2").Replace(body))
	if got := shape(a.body.(map[string]any), nil); got != "schemas id userName" {
		t.Errorf("POST: got %s", got)
	}
}

// firstResource returns the first resource of a list response, as an answer.
func firstResource(a answer) answer { return answer{body: a.at("Resources", 0)} }

// shape returns the names of the attributes of an object. If want contains a name
// with a sub-attribute, and the attribute has only one sub-attribute, shape returns
// the name with this sub-attribute. The names have the order of want, and names
// that are not in want follow at the end.
func shape(object map[string]any, want []string) string {
	var got []string
	rest := map[string]bool{}
	for name := range object {
		rest[name] = true
	}
	for _, w := range append(want, "schemas", "id", "userName") {
		name, sub := w, ""
		if dot := strings.LastIndexByte(w, '.'); dot > 0 && !strings.HasSuffix(w, ":User") {
			name, sub = w[:dot], w[dot+1:]
		}
		if !rest[name] {
			continue
		}
		delete(rest, name)
		if part := soleKey(object[name]); sub != "" && part != "" {
			name += "." + part
		}
		got = append(got, name)
	}
	for name := range rest {
		got = append(got, "also:"+name)
	}
	return strings.Join(got, " ")
}

// soleKey returns the single key of an object, or of the first object in a list. If
// the object does not have exactly one key, it returns "".
func soleKey(value any) string {
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	object, _ := value.(map[string]any)
	if len(object) != 1 {
		return ""
	}
	for name := range object {
		return name
	}
	return ""
}

func TestGroupMembersAreReadOnlyWhenShown(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"":                            true, // row 17
		"?excludedAttributes=members": false,
		"?excludedAttributes=MEMBERS&filter=" + "displayName+eq+%22a%22": false, // T72
		"?attributes=displayName":   false,
		"?attributes=members":       true,
		"?attributes=members.value": true,
		"?excludedAttributes=urn:ietf:params:scim:schemas:core:2.0:Group:members": false,
	} {
		d := &asked{}
		open(t, scimhttp.Config{Directory: d}).must(200, "GET", "/Groups"+query, "")
		if d.query.Members != want {
			t.Errorf("%s: the directory is asked for members: %v, want %v", query, d.query.Members, want)
		}
	}
}

// TestConditions checks the effect of If-Match and If-None-Match (RFC 7644 §3.14;
// docs/reference/identity-providers.md, row 48). Our ETags are weak, and only the
// version numbers in them are compared.
func TestConditions(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	group := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
	for path, bodies := range map[string]map[string]string{
		s.user("ann@x.io"): {"PATCH": `{"Operations":[{"op":"replace","path":"title","value":"T%d"}]}`, "PUT": `{"userName":"ann@x.io"}`},
		group:              {"PATCH": `{"Operations":[{"op":"replace","path":"externalId","value":"T%d"}]}`, "PUT": `{"displayName":"Care"}`},
	} {
		a := s.must(200, "GET", path, "")
		tag := a.header.Get("ETag")
		if tag != `W/"1"` || a.at("meta", "version") != tag {
			t.Fatalf("got ETag %s, meta.version %v, want W/\"1\"", tag, a.at("meta", "version"))
		}
		for i, row := range []struct {
			method, name, value string
			want                int
			tag                 string // ETag of the response
		}{
			{"GET", "If-None-Match", tag, 304, tag},
			{"GET", "If-None-Match", `"1"`, 304, tag},
			{"GET", "If-None-Match", `W/"9", W/"1"`, 304, tag},
			{"GET", "If-None-Match", `*`, 304, tag},
			{"GET", "If-None-Match", `W/"2"`, 200, tag},
			{"GET", "If-Match", tag, 200, tag},
			{"GET", "If-Match", `W/"2"`, 412, ""},
			{"HEAD", "If-None-Match", tag, 304, tag},
			{"PATCH", "If-Match", `W/"9"`, 412, ""},
			{"PATCH", "If-Match", `"nonsense"`, 412, ""},
			{"PATCH", "If-Match", `"3,4"`, 412, ""}, // a single tag that contains a comma
			{"PATCH", "If-Match", `1`, 400, ""},     // RFC 9110 §8.8.3 requires quotes
			{"PATCH", "If-Match", `W/1`, 400, ""},
			{"PATCH", "If-Match", `"1`, 400, ""},
			{"PATCH", "If-Match", `"9" "1"`, 400, ""},
			{"PATCH", "If-Match", ``, 400, ""},
			{"PATCH", "If-Match", `,`, 400, ""},
			{"PATCH", "If-None-Match", `1`, 400, ""},
			{"GET", "If-Match", `w/"1"`, 400, ""},
			{"GET", "If-None-Match", `1`, 400, ""},
			{"PUT", "If-Match", `1`, 400, ""},
			{"DELETE", "If-Match", `1`, 400, ""},
			{"PATCH", "If-None-Match", `*`, 412, ""},
			{"PATCH", "If-None-Match", tag, 412, ""},
			{"DELETE", "If-Match", `W/"9"`, 412, ""},
			{"DELETE", "If-None-Match", `W/"1"`, 412, ""},
			{"PUT", "If-Match", `W/"9"`, 412, ""},
			{"PUT", "If-None-Match", `*`, 412, ""},
			{"GET", "If-Match", `*`, 200, tag}, // the refused requests above did not change the version
			{"PATCH", "If-Match", tag, 0, `W/"2"`},
			{"PATCH", "If-Match", `*`, 0, `W/"3"`},
			{"PATCH", "If-None-Match", tag, 0, `W/"4"`},
			{"PATCH", "If-Match", `W/"9" ,, "4",`, 0, `W/"5"`},
			{"PATCH", "If-Match", tag, 412, ""}, // the version has changed
			{"DELETE", "If-Match", `W/"1", *`, 204, ""},
			{"PATCH", "If-None-Match", `*`, 404, ""},
			{"GET", "If-Match", `*`, 404, ""},
		} {
			body := strings.ReplaceAll(bodies[row.method], "%d", fmt.Sprint(i))
			if row.want == 0 { // a PATCH that succeeds
				row.want = map[bool]int{true: 204, false: 200}[path == group]
			}
			a := s.must(row.want, row.method, path, body, row.name, row.value)
			if got := a.header.Get("ETag"); got != row.tag {
				t.Errorf("%s %s: %s: got ETag %s, want %s", row.method, row.name, row.value, got, row.tag)
			}
			if row.want >= 400 {
				checkError(t, a)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	user := s.user("ann@x.io")
	for _, row := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{"HEAD", "/Users", 200, ""},
		{"HEAD", user, 200, ""},
		{"OPTIONS", "/Users", 204, "GET, HEAD, POST, OPTIONS"},
		{"OPTIONS", user, 204, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
		{"DELETE", "/Users", 405, "GET, HEAD, POST, OPTIONS"},
		{"PUT", "/Groups", 405, "GET, HEAD, POST, OPTIONS"},
		{"POST", user, 405, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
		{"PROPFIND", user, 405, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
		{"DELETE", "/ServiceProviderConfig", 405, "GET, HEAD, OPTIONS"},
		{"POST", "/Schemas", 405, "GET, HEAD, OPTIONS"},
		{"GET", "/Me", 501, ""},
		{"GET", "/Bulk", 405, "POST, OPTIONS"},
		{"PATCH", "/Me", 501, ""},
		{"GET", "/.search", 405, "POST, OPTIONS"},
		{"PUT", "/Users/.search", 405, "POST, OPTIONS"},
		{"OPTIONS", "/Groups/.search", 204, "POST, OPTIONS"},
		{"OPTIONS", "/", 204, "GET, HEAD, OPTIONS"},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 405, "GET, HEAD, OPTIONS"},
		{"POST", "/Schemas/.search", 404, ""},
		{"OPTIONS", "/Schemas", 204, "GET, HEAD, OPTIONS"},
		{"HEAD", "/ResourceTypes", 200, ""},
		{"PATCH", "/ResourceTypes/User", 405, "GET, HEAD, OPTIONS"},
		{"GET", "/Users/", 200, ""},
		{"GET", "//Users", 200, ""}, // the IdP sends this if its base URL ends in a slash
		{"GET", "//Users/", 200, ""},
		{"GET", "/Schemas/", 200, ""},
		{"DELETE", "/Users/", 405, "GET, HEAD, POST, OPTIONS"}, // no user is deleted
		{"GET", "///Users", 404, ""},
		{"GET", "/Users//", 404, ""},
		{"GET", "/users", 404, ""},
		{"GET", "/Printers", 404, ""},
		{"GET", user + "/", 200, ""},
		{"GET", user + "/emails", 404, ""},
		{"GET", strings.ToUpper(user), 404, ""},
		{"GET", "/Users/a%2Fb", 404, ""}, // row 47
		{"GET", "/Users/0", 404, ""},     // Ping's probe
		{"GET", "/Users/..%2fGroups", 404, ""},
		{"PATCH", "/Users/010101001010101011001010101011", 404, ""},
	} {
		a := s.must(row.want, row.method, row.path, "")
		if a.header.Get("Allow") != row.allow {
			t.Errorf("%s %s: got Allow %q, want %q", row.method, row.path, a.header.Get("Allow"), row.allow)
		}
		if row.want >= 400 && row.method != "HEAD" {
			checkError(t, a)
		}
	}
}

func TestDeleteTwice(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{Directory: scimtest.NewDirectory()})
	path := s.user("ann@x.io")
	if a := s.must(204, "DELETE", path, ""); a.text != "" {
		t.Errorf("got body %q with 204", a.text)
	}
	checkError(t, s.must(404, "DELETE", path, "")) // row 49
	checkError(t, s.must(404, "GET", path, ""))
	s.user("ann@x.io") // the name is free
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	a := s.must(200, "GET", "/ServiceProviderConfig", "")
	want := map[string]any{"patch": true, "bulk": true, "filter": true, "changePassword": false, "sort": true, "etag": true}
	for feature, supported := range want {
		if a.at(feature, "supported") != supported {
			t.Errorf("%s.supported: got %v, want %v", feature, a.at(feature, "supported"), supported)
		}
	}
	if a.at("bulk", "maxOperations") != json.Number("1000") || a.at("bulk", "maxPayloadSize") != json.Number("4194304") || fmt.Sprint(a.at("filter", "maxResults")) != "1000" {
		t.Errorf("limits are missing: %s", a.text) // row 51
	}
	for list, n := range map[string]int{"/ResourceTypes": 2, "/Schemas": 7} {
		a := s.must(200, "GET", list, "")
		resources, _ := a.at("Resources").([]any)
		if len(resources) != n || fmt.Sprint(a.at("totalResults")) != fmt.Sprint(n) {
			t.Errorf("%s: got %d resources of %v, want %d", list, len(resources), a.at("totalResults"), n)
		}
		for _, r := range resources {
			one := s.must(200, "GET", list+"/"+r.(map[string]any)["id"].(string), "")
			if diff := cmp.Diff(r, one.body); diff != "" {
				t.Errorf("%s: the resource in the list and the single resource differ:\n%s", list, diff)
			}
			if location, _ := one.at("meta", "location").(string); !strings.HasPrefix(location, base+list+"/") {
				t.Errorf("%s: got location %q", list, location)
			}
		}
		checkError(t, s.must(http.StatusForbidden, "GET", list+"?filter="+escape(`name eq "User"`), ""))
		checkError(t, s.must(404, "GET", list+"/unknown", ""))
	}
	for path, want := range map[string]string{ // the descriptions are those of RFC 7643 §8.6 and §8.7.1
		"/ResourceTypes/User": "User Account", "/ResourceTypes/Group": "Group",
		"/Schemas/" + urnUser: "User Account", "/Schemas/" + scim.URNGroup: "Group", "/Schemas/" + urnEnt: "Enterprise User",
	} {
		if got := s.must(200, "GET", path, "").at("description"); got != want {
			t.Errorf("%s: got description %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/Schemas/" + strings.ToLower(urnUser), "/Schemas/" + strings.ToUpper(urnUser), "/Schemas/" + strings.ReplaceAll(urnUser, ":", "%3A") + "/"} {
		if got := s.must(200, "GET", path, "").at("id"); got != urnUser {
			t.Errorf("%s: got %v, want %s, because URNs ignore letter case", path, got, urnUser)
		}
	}
	s.must(404, "GET", "/schemas/"+urnUser, "")
}

// TestPaginationHidden checks that ServiceProviderConfig and its schema do not have
// the attribute `pagination` if the connection hides it, and that cursors still
// work.
func TestPaginationHidden(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		s := open(t, scimhttp.Config{HidePagination: hidden})
		for _, path := range []string{"/ServiceProviderConfig", "/Schemas", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"} {
			if got := strings.Contains(s.must(200, "GET", path, "").text, `"pagination"`); got == hidden {
				t.Errorf("%s: got pagination %t, want %t", path, got, !hidden)
			}
		}
		s.user("ann")
		if a := s.must(200, "GET", "/Users?cursor", ""); !strings.Contains(a.text, `"totalResults":1`) {
			t.Errorf("by cursor: got %s, want 1 user", a.text)
		}
	}
}
