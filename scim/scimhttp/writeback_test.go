package scimhttp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// everywhere runs a test with a directory on each database engine, and with the
// directory in memory.
func everywhere(t *testing.T, test func(*testing.T, scim.Directory)) {
	t.Helper()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		t.Helper()
		test(t, directory.New(open(t), store.Connection{ID: "c", Name: "c"}))
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, scimtest.NewDirectory())
	})
}

// leave deactivates a user with the requests that Okta sends: it reads the user
// with GET, sets `active` to false, and sends the whole document in a PUT.
func (s *service) leave(path string) {
	s.t.Helper()
	body, _ := s.must(200, "GET", path, "").body.(map[string]any)
	body["active"] = false
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	if a := s.must(200, "PUT", path, string(text)); a.at("active") != false {
		s.t.Errorf("%s: got %s, want active false", path, a.text)
	}
}

// TestPatchStoresWhatPutTakes checks that a PATCH cannot store a document that a
// POST or PUT would refuse, and that the error names the reason. If a PATCH could
// store it, the user could not be deactivated with PUT.
func TestPatchStoresWhatPutTakes(t *testing.T) {
	t.Parallel()
	const skills, capacity = scim.URNFlex + ":skills", scim.URNFlex + ":capacity"
	everywhere(t, func(t *testing.T, d scim.Directory) {
		t.Helper()
		s := open(t, scimhttp.Config{Directory: d})
		path := "/Users/" + s.must(201, "POST", "/Users", `{"userName":"ann","`+scim.URNFlex+`":{"skills":[{"name":"a","level":1}]}}`).at("id").(string)
		for _, row := range []struct{ op, scimType, names string }{
			{`{"op":"add","path":"` + skills + `","value":[{"level":1}]}`, "invalidValue", skills + ".name is required"},
			{`{"op":"remove","path":"` + skills + `[name eq \"a\"].name"}`, "mutability", skills + ".name is required"},
			{`{"op":"replace","path":"` + skills + `[name eq \"a\"].name","value":""}`, "invalidValue", skills + ".name is required"},
			{`{"op":"add","path":"` + capacity + `","value":[{"units":1}]}`, "invalidValue", capacity + ".channel is required"},
			{`{"op":"add","path":"` + capacity + `","value":[{"channel":"\u00a0","units":1}]}`, "invalidValue", capacity + ".channel is required"},
			{`{"op":"replace","value":{"active":false,"userName":"\t"}}`, "invalidValue", "userName is required"},
			{`{"op":"add","path":"emails[type eq \"\\ud83d\"].value","value":"x"}`, "invalidPath", "is not a JSON string"},
			{`{"op":"add","path":"emails[","value":"x"}`, "invalidPath", "is not closed"},
			{`{"op":"take","path":"emails"}`, "invalidSyntax", "is not add, replace or remove"},
		} {
			for prefix, ops := range map[string]string{"": row.op, "Operation 2": `{"op":"add","path":"title","value":"x"},` + row.op} {
				a := s.must(400, "PATCH", path, `{"Operations":[`+ops+`]}`)
				detail, _ := a.at("detail").(string)
				if checkError(t, a); a.at("scimType") != row.scimType || !strings.Contains(detail, row.names) || !strings.HasPrefix(detail, prefix) {
					t.Errorf("%s: got %s, want %s, %q and %q", ops, a.text, row.scimType, prefix, row.names)
				}
			}
		}
		s.must(200, "PATCH", path, `{"Operations":[{"op":"add","path":"x509Certificates","value":[{"value":"not base64!"}]}]}`)
		s.leave(path)
	})
}

// TestOlderPeopleLeave checks that a user can be deactivated even if an element of
// the stored document lacks a required sub-attribute. Older versions of flexscim
// stored these documents.
func TestOlderPeopleLeave(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, d scim.Directory) {
		t.Helper()
		s := open(t, scimhttp.Config{Directory: d})
		for name, leave := range map[string]func(path string){
			"by PUT": s.leave,
			"by PATCH": func(path string) {
				s.must(200, "PATCH", path, `{"Operations":[{"op":"replace","value":{"active":false}}]}`)
			},
		} {
			older := scim.Document{"userName": name, "active": true, scim.URNFlex: map[string]any{
				"skills":   []any{map[string]any{"level": json.Number("1")}},
				"capacity": []any{map[string]any{"units": json.Number("2")}, map[string]any{"channel": "chat"}},
			}}
			user, err := d.CreateUser(t.Context(), scim.User{Doc: older})
			if err != nil {
				t.Fatal(err)
			}
			leave("/Users/" + string(user.ID))
			if after, err := d.User(t.Context(), user.ID); err != nil || after.Doc.Active() {
				t.Errorf("%s: got %v, %v, want nobody active", name, after.Doc, err)
			}
		}
	})
}

// TestOwnBodyChangesNothing checks that a PUT with the body that GET returned
// succeeds and changes nothing, whatever PATCHes the user has had before.
func TestOwnBodyChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	people := 0
	paths := []string{"emails", `emails[type eq \"work\"].value`, `emails[value eq \"a\"].type`, "emails.display", "phoneNumbers", "roles", `roles[primary eq \"True\"].value`,
		"addresses", "x509Certificates", "manager", "name", "userName", scim.URNFlex + ":skills", scim.URNFlex + `:skills[name eq \"a\"].level`, scim.URNFlex + `:skills[level eq 1]`, scim.URNFlex, urnEnt}
	values := []string{`null`, `"a"`, `""`, `"\u2028<\u0001>😀"`, `true`, `7`, `[]`, `["a","b","A"]`, `[{"value":"a","type":"work","primary":true},{"value":"a","type":"work"},{"value":"b","primary":true}]`,
		`{"value":"{\"value\":\"x\"}"}`, `[{"name":"a","level":"1"},{"name":"b"}]`, `{"level":1}`, `{"skills":["a"]}`, `{"department":"d"}`, `{"country":"DE","primary":true}`}
	rapid.Check(t, func(r *rapid.T) {
		people++
		path := s.user(fmt.Sprintf("person %d", people))
		for range rapid.IntRange(0, 6).Draw(r, "operations") {
			s.do("PATCH", path, fmt.Sprintf(`{"Operations":[{"op":%q,"path":"%s","value":%s}]}`,
				rapid.SampledFrom([]string{"add", "replace", "remove"}).Draw(r, "op"), rapid.SampledFrom(paths).Draw(r, "path"), rapid.SampledFrom(values).Draw(r, "value")))
		}
		read := s.must(200, "GET", path, "")
		if put := s.do("PUT", path, read.text); put.status != 200 || put.header.Get("ETag") != read.header.Get("ETag") {
			r.Fatalf("PUT of %s: got %d %s, want the same version", read.text, put.status, put.text)
		}
		s.must(204, "DELETE", path, "")
	})
}
