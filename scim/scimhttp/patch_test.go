package scimhttp_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

func TestPatch(t *testing.T) {
	t.Parallel()
	ent := func(attributes map[string]any) map[string]any { return map[string]any{urnEnt: attributes} }
	work := func(value string) []any { return []any{map[string]any{"type": "work", "value": value}} }
	for name, row := range map[string]struct {
		ops  string         // the list of operations, or an object that is the whole body
		want map[string]any // some attributes of the user after the PATCH
	}{
		"Entra's op (T43)":                       {`[{"op":"Replace","path":"name.familyName","value":"Lee"}]`, map[string]any{"name": map[string]any{"familyName": "Lee"}}},
		"keys in any case (row 45)":              {`[{"OP":"REPLACE","Path":"TITLE","vaLue":"Lead"}]`, map[string]any{"title": "Lead"}},
		"envelope in any case":                   {`{"OPERATIONS":[{"op":"add","path":"title","value":"Lead"}],"id":"x","foo":[]}`, map[string]any{"title": "Lead"}},
		"no schemas, no operations (row 27)":     {`[]`, map[string]any{}},
		"Okta's deactivation (T9)":               {`[{"op":"replace","value":{"active":false}}]`, map[string]any{"active": false}},
		"False as text (row 28, T48)":            {`[{"op":"Replace","path":"active","value":"False"}]`, map[string]any{"active": false}},
		"the user's own id (row 24)":             {`[{"op":"replace","value":{"id":"OWN","title":"Lead"}}]`, map[string]any{"title": "Lead"}},
		"dotted keys (T53)":                      {`[{"op":"add","value":{"name.givenName":"Ann","` + urnEnt + `:department":"Care"}}]`, map[string]any{"name": map[string]any{"givenName": "Ann"}, urnEnt: map[string]any{"department": "Care"}}},
		"URN path":                               {`[{"op":"add","path":"` + urnEnt + `:employeeNumber","value":"7"}]`, ent(map[string]any{"employeeNumber": "7"})},
		"URN path in capitals":                   {`[{"op":"add","path":"` + strings.ToUpper(urnEnt) + `:EMPLOYEENUMBER","value":7}]`, ent(map[string]any{"employeeNumber": "7"})},
		"whole extension":                        {`[{"op":"add","path":"` + urnEnt + `","value":{"division":"D"}}]`, ent(map[string]any{"division": "D"})},
		"core URN":                               {`[{"op":"add","path":"` + urnUser + `:title","value":"Lead"}]`, map[string]any{"title": "Lead"}},
		"core URN as the path":                   {`[{"op":"replace","path":"` + strings.ToUpper(urnUser) + `","value":{"title":"Lead"}}]`, map[string]any{"title": "Lead"}},
		"core URN as a key":                      {`[{"op":"add","value":{"` + urnUser + `":{"title":"Lead","active":"False"}}}]`, map[string]any{"title": "Lead", "active": false}},
		"work mail is created (row 5, T47)":      {`[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a@x.io"}]`, map[string]any{"emails": work("a@x.io")}},
		"filter in any case":                     {`[{"op":"Replace","path":"Emails[Type EQ \"work\"].Value","value":"a@x.io"}]`, map[string]any{"emails": work("a@x.io")}},
		"manager as text (row 18, T58)":          {`[{"op":"add","path":"` + urnEnt + `:manager","value":"m1"}]`, ent(map[string]any{"manager": map[string]any{"value": "m1"}})},
		"manager, bare path, list (T59)":         {`[{"op":"Add","path":"manager","value":[{"$ref":null,"value":"m1"}]}]`, ent(map[string]any{"manager": map[string]any{"value": "m1"}})},
		"manager and others, bare keys (row 18)": {`[{"op":"add","value":{"manager":"m1","department":"Care","title":"Lead"}}]`, map[string]any{"title": "Lead", urnEnt: map[string]any{"department": "Care", "manager": map[string]any{"value": "m1"}}}},
		"manager is cleared (row 19)":            {`[{"op":"add","path":"manager","value":"m1"},{"op":"replace","path":"manager","value":{"value":""}}]`, map[string]any{}},
		"role, primary as text":                  {`[{"op":"add","path":"roles[primary eq \"True\"].value","value":"agent"}]`, map[string]any{"roles": []any{map[string]any{"primary": true, "value": "agent"}}}},
		"2018's list (T110)":                     {`[{"op":"Replace","path":"displayName","value":[{"$ref":null,"value":"Ann"}]}]`, map[string]any{"displayName": "Ann"}},
		"null removes (row 25)":                  {`[{"op":"add","path":"title","value":"Lead"},{"op":"replace","path":"title","value":null}]`, map[string]any{}},
		"unknown attribute (row 26)":             {`[{"op":"add","path":"shoeSize","value":42},{"op":"replace","path":"active","value":false}]`, map[string]any{"active": false}},
		"unknown URN (row 26)":                   {`[{"op":"add","path":"urn:x:2.0:User:shoe[a eq \"b\"].size","value":42},{"op":"replace","path":"active","value":false}]`, map[string]any{"active": false}},
		"read-only groups and meta":              {`[{"op":"add","value":{"groups":[{"value":"g"}],"meta.version":"9"}}]`, map[string]any{}},
		"a list of one object (SCIM-SDK 1.30)":   {`[{"op":"add","value":[{"title":"Lead","` + urnUser + `":[{"active":"False"}]}]}]`, map[string]any{"title": "Lead", "active": false}},
		"whole extension, a list of one":         {`[{"op":"add","path":"` + urnEnt + `","value":[{"division":"D"}]}]`, ent(map[string]any{"division": "D"})},
		"core URN as a key, [] as null":          {`[{"op":"add","value":{"` + urnUser + `":[],"title":"Lead"}}]`, map[string]any{"title": "Lead"}},
		"whole extension, [] as null":            {`[{"op":"add","path":"` + urnEnt + `:division","value":"D"},{"op":"replace","path":"` + urnEnt + `","value":[]}]`, map[string]any{}},
		"core URN and a dot":                     {`[{"op":"replace","path":"` + urnUser + `.active","value":false},{"op":"add","value":{"` + urnUser + `.name.givenName":"Ann"}}]`, map[string]any{"active": false, "name": map[string]any{"givenName": "Ann"}}},
		"no Operations (row 27, ConnId)":         {`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, map[string]any{}},
		"Operations null (row 27)":               {`{"Operations":null}`, map[string]any{}},
		"nothing at all (row 27)":                {`{}`, map[string]any{}},
		"a byte order mark":                      {"\ufeff" + `{"Operations":[{"op":"add","path":"title","value":"Lead"}]}`, map[string]any{"title": "Lead"}},
		"another manager is removed":             {`[{"op":"add","path":"manager","value":"m1"},{"op":"remove","path":"manager[value eq \"m2\"]"}]`, ent(map[string]any{"manager": map[string]any{"value": "m1"}})},
		"the manager is removed":                 {`[{"op":"add","path":"manager","value":"m1"},{"op":"remove","path":"` + urnEnt + `:manager[value eq \"m1\"]"}]`, map[string]any{}},
		"no manager is removed":                  {`[{"op":"remove","path":"manager[value eq \"m1\"]"},{"op":"replace","path":"active","value":false}]`, map[string]any{"active": false}},
		"its own resourceType":                   {`[{"op":"replace","path":"meta.resourceType","value":"User"}]`, map[string]any{}},
		"path null":                              {`[{"op":"replace","path":null,"value":{"title":"Lead"}}]`, map[string]any{"title": "Lead"}},
		"path empty":                             {`[{"op":"replace","path":"","value":{"title":"Lead"}}]`, map[string]any{"title": "Lead"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, scimhttp.Config{})
			path := s.user("ann@x.io")
			body := row.ops
			if body[0] == '[' {
				body = `{"Operations":` + body + `}`
			}
			a := s.must(200, "PATCH", path, strings.ReplaceAll(body, "OWN", strings.TrimPrefix(path, "/Users/"))) // row 15
			if diff := cmp.Diff(s.must(200, "GET", path, "").body, a.body); diff != "" {
				t.Errorf("GET and the response to PATCH differ:\n%s", diff)
			}
			got := a.body.(map[string]any)
			for _, name := range []string{"schemas", "id", "userName", "meta"} {
				delete(got, name)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchRefused(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxOperations: 5})
	path := s.user("ann@x.io")
	before := s.must(200, "GET", path, "")
	good := `{"op":"replace","path":"title","value":"Lead"}`
	for name, row := range map[string]struct {
		body, scimType string
	}{
		"Operations misspelt":     {`{"Operation":[` + good + `]}`, "invalidSyntax"},
		"attributes (SCIM 1.1)":   {`{"schemas":["urn:scim:schemas:core:1.0"],"active":false}`, "invalidSyntax"},
		"value of two objects":    {`{"Operations":[{"op":"add","value":[{"title":"a"},{"nickName":"b"}]}]}`, "invalidValue"},
		"an object for a text":    {`{"Operations":[` + good + `,{"op":"replace","path":"nickName","value":{"value":"x"}}]}`, "invalidValue"},
		"Operations is an object": {`{"Operations":{}}`, "invalidSyntax"},
		"Operations twice":        {`{"Operations":[],"operations":[]}`, "invalidSyntax"},
		"operation is a text":     {`{"Operations":["replace"]}`, "invalidSyntax"},
		"op unknown":              {`{"Operations":[{"op":"move","path":"title"}]}`, "invalidSyntax"},
		"op missing":              {`{"Operations":[{"path":"title","value":"x"}]}`, "invalidSyntax"},
		"op twice":                {`{"Operations":[{"op":"add","OP":"remove","path":"title"}]}`, "invalidSyntax"},
		"path is a number":        {`{"Operations":[{"op":"add","path":7,"value":"x"}]}`, "invalidPath"},
		"path malformed":          {`{"Operations":[` + good + `,{"op":"add","path":"emails[type eq","value":"x"}]}`, "invalidPath"},
		"path ends with a dot":    {`{"Operations":[` + good + `,{"op":"remove","path":"emails."}]}`, "invalidPath"},
		"path begins with colon":  {`{"Operations":[` + good + `,{"op":"replace","path":":title","value":"x"}]}`, "invalidPath"},
		"URN and a colon":         {`{"Operations":[` + good + `,{"op":"remove","path":"` + urnEnt + `:"}]}`, "invalidPath"},
		"key ends with a dot":     {`{"Operations":[{"op":"add","value":{"emails[type eq \"work\"].":"x"}}]}`, "invalidPath"},
		"key without a dot":       {`{"Operations":[{"op":"add","value":{"emails[type eq \"work\"]value":"x"}}]}`, "invalidPath"},
		"key twice":               {`{"Operations":[{"op":"add","value":{"title":"a","TITLE":"b"}}]}`, "invalidSyntax"},
		"key twice, by its URN":   {`{"Operations":[{"op":"add","value":{"title":"a","` + urnUser + `":{"title":"b"}}}]}`, "invalidSyntax"},
		"extension's key twice":   {`{"Operations":[{"op":"add","path":"` + urnEnt + `","value":{"department":"a","Department":"b"}}]}`, "invalidSyntax"},
		"part twice":              {`{"Operations":[{"op":"add","path":"name","value":{"givenName":"a","GIVENNAME":"b"}}]}`, "invalidSyntax"},
		"element's part twice":    {`{"Operations":[{"op":"add","path":"emails","value":[{"Value":"a","VALUE":"b"}]}]}`, "invalidSyntax"},
		"path with an operator":   {`{"Operations":[{"op":"add","path":"title eq \"x\"","value":"x"}]}`, "invalidPath"},
		"path too deep":           {`{"Operations":[{"op":"add","path":"emails[` + strings.Repeat("not(", 3000) + `type pr","value":"x"}]}`, "invalidPath"},
		"filter names nothing":    {`{"Operations":[{"op":"add","path":"emails[colour eq \"red\"].value","value":"x"}]}`, "invalidPath"},
		"filter without target":   {`{"Operations":[{"op":"replace","path":"emails[type ne \"work\"].value","value":"x"}]}`, "noTarget"}, // row 6
		"replace without value":   {`{"Operations":[` + good + `,{"op":"replace","path":"title"}]}`, "invalidValue"},                     // a missing value must not remove the attribute (RFC 7644 §3.5.2)
		"add without value":       {`{"Operations":[{"op":"add","path":"title"}]}`, "invalidValue"},
		"value misspelt":          {`{"Operations":[{"op":"replace","path":"title","Values":"Lead"}]}`, "invalidValue"},
		"an op alone":             {`{"Operations":[{"op":"replace"}]}`, "invalidValue"},
		"core URN is removed":     {`{"Operations":[{"op":"remove","path":"` + urnUser + `"}]}`, "noTarget"},
		"core URN is a text":      {`{"Operations":[{"op":"replace","value":{"` + urnUser + `":"x"}}]}`, "invalidValue"},
		"remove without path":     {`{"Operations":[{"op":"remove"}]}`, "noTarget"},
		"value without path":      {`{"Operations":[{"op":"replace","value":"x"}]}`, "invalidValue"},
		"another id (row 24)":     {`{"Operations":[` + good + `,{"op":"replace","value":{"id":"other"}}]}`, "mutability"},
		"another id by path":      {`{"Operations":[{"op":"replace","path":"id","value":"other"}]}`, "mutability"},
		"path to groups":          {`{"Operations":[` + good + `,{"op":"add","path":"groups","value":[{"value":"g"}]}]}`, "mutability"},
		"path into meta":          {`{"Operations":[{"op":"replace","path":"meta.version","value":"9"}]}`, "mutability"},
		"wrong type":              {`{"Operations":[` + good + `,{"op":"replace","path":"active","value":"perhaps"}]}`, "invalidValue"},
		"required is removed":     {`{"Operations":[{"op":"remove","path":"userName"}]}`, "mutability"},
		"required is emptied":     {`{"Operations":[{"op":"replace","path":"userName","value":""}]}`, "invalidValue"},
	} {
		a := s.must(400, "PATCH", path, row.body)
		if a.at("scimType") != row.scimType {
			t.Errorf("%s: got %s, want %s", name, a.text, row.scimType)
		}
		checkError(t, a)
	}
	checkError(t, s.must(413, "PATCH", path, `{"Operations":[`+strings.Repeat(good+",", 5)+good+`]}`))
	if diff := cmp.Diff(before.text, s.must(200, "GET", path, "").text); diff != "" {
		t.Errorf("a refused PATCH changed the user:\n%s", diff)
	}
}

func TestGroupMembers(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	ann, bob := strings.TrimPrefix(s.user("ann@x.io"), "/Users/"), strings.TrimPrefix(s.user("bob@x.io"), "/Users/")
	names := strings.NewReplacer("ANN", ann, "BOB", bob)
	for name, row := range map[string]struct {
		op     string // the operation, which patches a group whose only member is Ann
		status int
		want   string // members afterwards
	}{
		"add":                               {`{"op":"add","path":"members","value":[{"value":"BOB"}]}`, 204, "ANN BOB"},
		"add, $ref null (T77)":              {`{"op":"Add","path":"members","value":[{"$ref":null,"value":"BOB"}]}`, 204, "ANN BOB"},
		"add again (T78)":                   {`{"op":"add","path":"members","value":[{"value":"ANN"}]}`, 204, "ANN"},
		"add a plain text (row 29)":         {`{"op":"add","path":"members","value":"BOB"}`, 204, "ANN BOB"},
		"add, known and unknown (row 30)":   {`{"op":"add","path":"members","value":[{"value":"nobody"},{"value":"BOB"}]}`, 204, "ANN BOB"},
		"add, all unknown (row 31)":         {`{"op":"add","path":"members","value":[{"value":"nobody"}]}`, 204, "ANN"},
		"pathless add":                      {`{"op":"add","value":{"members":[{"value":"BOB"}]}}`, 204, "ANN BOB"},
		"remove by filter (T26)":            {`{"op":"remove","path":"members[value eq \"ANN\"]"}`, 204, ""},
		"remove by list (T80)":              {`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"ANN"}]}`, 204, ""},
		"remove a non-member (row 9)":       {`{"op":"remove","path":"members[value eq \"BOB\"]"}`, 204, "ANN"},
		"remove non-members (row 10)":       {`{"op":"Remove","path":"members","value":[{"value":"BOB"}]}`, 204, "ANN"},
		"remove, no value (row 11)":         {`{"op":"remove","path":"members"}`, 204, ""},
		"remove [] (row 12)":                {`{"op":"remove","path":"members","value":[]}`, 400, "ANN"},
		"remove null (row 12)":              {`{"op":"remove","path":"members","value":null}`, 400, "ANN"},
		"remove \"\" (row 12)":              {`{"op":"remove","path":"members","value":""}`, 400, "ANN"},
		"remove [{}] (row 12)":              {`{"op":"remove","path":"members","value":[{}]}`, 400, "ANN"},
		"remove [{value:\"\"}] (row 12)":    {`{"op":"remove","path":"members","value":[{"value":""}]}`, 400, "ANN"},
		"remove, other filter (row 6)":      {`{"op":"remove","path":"members[type eq \"User\"]"}`, 400, "ANN"},
		"replace":                           {`{"op":"replace","path":"members","value":[{"value":"BOB"}]}`, 204, "BOB"},
		"replace [] (row 13)":               {`{"op":"replace","path":"members","value":[]}`, 204, ""},
		"pathless [] (row 13, T28)":         {`{"op":"replace","value":{"members":[],"id":"OWN","displayName":"Care"}}`, 204, ""},
		"rename keeps members (row 33)":     {`{"op":"replace","value":{"id":"OWN","displayName":"Care 2"}}`, 204, "ANN"},
		"externalId keeps members (row 33)": {`{"op":"Add","path":"externalId","value":"x"}`, 204, "ANN"},
	} {
		path := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"`+strings.ReplaceAll(name, `"`, "'")+`","members":["`+ann+`"]}`).at("id").(string)
		op := strings.NewReplacer("OWN", strings.TrimPrefix(path, "/Groups/"), `"Care`, `"`+path).Replace(names.Replace(row.op))
		a := s.must(row.status, "PATCH", path, `{"Operations":[`+op+`]}`)
		if row.status == 204 && a.text != "" { // row 16
			t.Errorf("%s: got body %s with 204", name, a.text)
		}
		if got, want := members(s.must(200, "GET", path, "")), names.Replace(row.want); got != want {
			t.Errorf("%s: got members %q, want %q", name, got, want)
		}
	}
}

// members returns the ids of the members of a group, separated by spaces.
func members(a answer) string {
	list, _ := a.at("members").([]any)
	var ids []string
	for _, m := range list {
		ids = append(ids, m.(map[string]any)["value"].(string))
	}
	return strings.Join(ids, " ")
}

func TestGroupPatchAnswersWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	ann := strings.TrimPrefix(s.user("ann@x.io"), "/Users/")
	path := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
	body := `{"Operations":[{"op":"add","path":"members","value":[{"value":"` + ann + `"}]}]}`
	a := s.must(200, "PATCH", path+"?attributes=displayName", body) // row 16
	if got := shape(a.body.(map[string]any), []string{"displayName"}); got != "displayName schemas id" {
		t.Errorf("got %s", a.text)
	}
	if a := s.must(200, "PATCH", path+"?attributes=members", body); members(a) != ann {
		t.Errorf("got %s", a.text)
	}
	if a := s.must(204, "PATCH", path, body); a.header.Get("ETag") == "" {
		t.Error("got no ETag with 204")
	}
}

func TestParallelPatchesOfOneGroup(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	path := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
	const n = 100
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strings.TrimPrefix(s.user(fmt.Sprintf("user%d@x.io", i)), "/Users/")
	}
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			if a := s.do("PATCH", path, `{"Operations":[{"op":"add","path":"members","value":[{"value":"`+id+`"}]}]}`); a.status != 204 {
				t.Errorf("got %d %s", a.status, a.text)
			}
		})
	}
	wg.Wait()
	got := members(s.must(200, "GET", path, ""))
	for _, id := range ids { // row 32
		if !strings.Contains(got, id) {
			t.Errorf("member %s is lost", id)
		}
	}
}

func TestUnknownResourcesAreNotPatched(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, path := range []string{"/Users/", "/Groups/"} {
		checkError(t, s.must(404, "PATCH", path+string(scim.NewID()), `{"Operations":[]}`))
	}
}
