package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/internal/admin"
)

// Each test in this file sends the whole site a request that another SCIM
// server handled wrongly. TestLessons of internal/repotest lists these mistakes
// and their tests.

// seen returns the resource at this path as text.
func seen(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	status, answer := answerTo(h, scimRequest("GET", path, ""))
	text, err := json.Marshal(answer)
	if err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: got %d %s, %v", path, status, text, err)
	}
	return string(text)
}

// TestExternalIDIsNoID checks that an externalId never counts as an id, even if it
// equals the id of another person (CVE-2025-41115).
func TestExternalIDIsNoID(t *testing.T) {
	t.Parallel()
	h := newTestSite(t, zap.NewNop()).handler()
	victim := madeAt(t, h, "/Users", `{"userName":"victim"}`)
	before := seen(t, h, "/Users/"+victim)
	for i, external := range []string{victim, "1", "0", "-1", "admin", "root", "WK00000000000000000000000000000000", "../" + victim, "null"} {
		id := madeAt(t, h, "/Users", fmt.Sprintf(`{"userName":"mallory-%d","externalId":%q,"id":%q}`, i, external, victim))
		if id == victim || id == external {
			t.Errorf("externalId %s: got the id %s", external, id)
		}
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			if external == victim {
				continue // this path is the victim's own, so the request would succeed
			}
			if status, answer := answerTo(h, scimRequest(method, "/Users/"+external, `{"userName":"x","Operations":[]}`)); status != http.StatusNotFound {
				t.Errorf("%s /Users/%s: got %d %v, want 404", method, external, status, answer)
			}
		}
		for _, body := range []string{`[{"op":"replace","path":"id","value":"` + victim + `"}]`, `[{"op":"replace","value":{"id":"` + victim + `"}}]`} {
			if status, answer := answerTo(h, scimRequest("PATCH", "/Users/"+id, `{"Operations":`+body+`}`)); status != http.StatusBadRequest || answer["scimType"] != "mutability" {
				t.Errorf("PATCH of the id, %s: got %d %v, want 400 mutability", body, status, answer)
			}
		}
		if status, answer := answerTo(h, scimRequest("PUT", "/Users/"+id, fmt.Sprintf(`{"id":%q,"userName":"mallory-%d","externalId":%q}`, victim, i, victim))); status != http.StatusOK || answer["id"] != id {
			t.Errorf("PUT with another's id: got %d %v, want the old id", status, answer)
		}
	}
	if after := seen(t, h, "/Users/"+victim); after != before {
		t.Errorf("the victim changed from %s to %s", before, after)
	}
}

// TestNestedFilter checks that a deeply nested or very long filter, path or body
// gets 400 and does not crash the process (CVE-2026-46689).
func TestNestedFilter(t *testing.T) {
	t.Parallel()
	h := newTestSite(t, zap.NewNop()).handler()
	user := "/Users/" + madeAt(t, h, "/Users", `{"userName":"user"}`)
	const n = 500_000 // number of characters that a request body can contain
	for _, deep := range []string{"(", "[", "not (", "not ", "emails[", "a and ", "((a eq 1) and "} {
		text, err := json.Marshal(strings.Repeat(deep, n/len(deep)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*http.Request{
			scimRequest("POST", "/Users/.search", `{"filter":`+string(text)+`}`),
			scimRequest("POST", "/.search", `{"filter":`+string(text)+`}`),
			scimRequest("PATCH", user, `{"Operations":[{"op":"add","path":`+string(text)+`,"value":1}]}`),
		} {
			if status, answer := answerTo(h, r); status != http.StatusBadRequest || answer["scimType"] != "invalidFilter" && answer["scimType"] != "invalidPath" {
				t.Errorf("%s %s of %q: got %d %v, want 400", r.Method, r.RequestURI, deep, status, answer)
			}
		}
	}
	const levels = 100_000 // fewer values than a body may have
	for _, deep := range []string{"[", `{"a":`, `[{"a":`} {
		if status, answer := answerTo(h, scimRequest("POST", "/Users", strings.Repeat(deep, levels))); status != http.StatusBadRequest {
			t.Errorf("a body of %q: got %d %v, want 400", deep, status, answer)
		}
	}
}

// TestEmailOnFirstContact checks that flexscim never identifies a person by e-mail
// address. It also checks that a create whose userName is taken does not change the
// person who has this userName (ciso-assistant #4658).
func TestEmailOnFirstContact(t *testing.T) {
	t.Parallel()
	h := newTestSite(t, zap.NewNop()).handler()
	first := madeAt(t, h, "/Users", `{"userName":"ann@example.com","externalId":"1","emails":[{"value":"ann@example.com","type":"work","primary":true}]}`)
	before := seen(t, h, "/Users/"+first)
	other := madeAt(t, h, "/Users", `{"userName":"mallory@example.com","externalId":"2","emails":[{"value":"ann@example.com","type":"work"},{"value":"mallory@evil.example"}]}`)
	if other == first {
		t.Fatal("two users with the same address got the same id")
	}
	for _, name := range []string{"ann@example.com", "ANN@example.com"} {
		status, answer := answerTo(h, scimRequest("POST", "/Users", `{"userName":"`+name+`","externalId":"3","emails":[{"value":"mallory@evil.example","type":"work"}]}`))
		if status != http.StatusConflict || answer["scimType"] != "uniqueness" {
			t.Errorf("POST of %s again: got %d %v, want 409 uniqueness", name, status, answer)
		}
		for method, body := range map[string]string{"PUT": `{"userName":"` + name + `"}`, "PATCH": `{"Operations":[{"op":"replace","path":"userName","value":"` + name + `"}]}`} {
			if status, answer := answerTo(h, scimRequest(method, "/Users/"+other, body)); status != http.StatusConflict {
				t.Errorf("%s to another's name %s: got %d %v, want 409", method, name, status, answer)
			}
		}
	}
	if after := seen(t, h, "/Users/"+first); after != before {
		t.Errorf("ann changed from %s to %s", before, after)
	}
}

// TestMemberRemovalEmptiesNothing checks that a PATCH that removes members is
// refused and changes nothing if it names no member or has an unknown form
// (langwatch #7136, authentik #25686, SCIM-SDK #757 and others).
func TestMemberRemovalEmptiesNothing(t *testing.T) {
	t.Parallel()
	h := newTestSite(t, zap.NewNop()).handler()
	var ids []any
	for _, name := range []string{"ann", "bob", "cid"} {
		ids = append(ids, madeAt(t, h, "/Users", `{"userName":"`+name+`"}`))
	}
	group := "/Groups/" + madeAt(t, h, "/Groups", fmt.Sprintf(`{"displayName":"g","members":[{"value":%q},{"value":%q},{"value":%q}]}`, ids...))
	before := seen(t, h, group)
	for _, op := range []string{
		`{"op":"remove","path":"members","value":[]}`, `{"op":"remove","path":"members","value":null}`, `{"op":"remove","path":"members","value":[{}]}`,
		`{"op":"remove","path":"members","value":[null]}`, `{"op":"remove","path":"members","value":{"value":null}}`, `{"op":"remove","path":"members","value":""}`,
		`{"op":"remove","path":"members","value":[{"display":"ann"}]}`, `{"op":"replace","path":"members","value":[{}]}`,
		`{"op":"remove","path":"members[]"}`, `{"op":"remove","path":"members[0]"}`, `{"op":"remove","path":"members[value eq ]"}`, `{"op":"remove","path":"members[value eq \"\"]"}`,
		`{"op":"remove","path":"members[value ne \"x\"]"}`, `{"op":"remove","path":"members[value pr]"}`, `{"op":"remove","path":"members[display eq \"ann\"]"}`,
		`{"op":"remove","path":"members[not (value eq \"x\")]"}`, `{"op":"remove"}`, `{"op":"remove","value":{"members":[{"value":"x"}]}}`, `{"op":"remove","path":""}`,
		`{"op":"remove","path":"members.value"}`, `{"op":"replace","value":{"members":[{}]}}`,
	} {
		if status, answer := answerTo(h, scimRequest("PATCH", group, `{"Operations":[`+op+`]}`)); status != http.StatusBadRequest {
			t.Errorf("%s: got %d %v, want 400", op, status, answer)
		}
		if after := seen(t, h, group); after != before {
			t.Fatalf("%s: the group changed from %s to %s", op, before, after)
		}
	}
	status, answer := answerTo(h, scimRequest("PATCH", group, fmt.Sprintf(`{"Operations":[{"op":"remove","path":"members[value eq \"%s\"]"}]}`, ids[1])))
	if after := seen(t, h, group); status != http.StatusNoContent || strings.Contains(after, ids[1].(string)) || !strings.Contains(after, ids[0].(string)) || !strings.Contains(after, ids[2].(string)) {
		t.Errorf("the removal of bob: got %d %v, %s, want 204 and the other two members", status, answer, after)
	}
}

// TestBulkIsNoWayAround checks that an operation in a Bulk has the same
// restrictions as a single request: it cannot read or change people of another
// connection, and it cannot exceed a limit. The test also checks that the
// operation's path must be the path of a resource (Doyensec's list).
func TestBulkIsNoWayAround(t *testing.T) {
	t.Parallel()
	s := newTestSite(t, zap.NewNop(), "FLEXSCIM_LIMITS_PATCH_OPERATIONS=50", "FLEXSCIM_LIMITS_VALUES=20", "FLEXSCIM_LIMITS_MEMBERS=100", "FLEXSCIM_LIMITS_FILTER_TERMS=4")
	h := s.handler()
	mine, theirs := madeAt(t, h, "/Users", `{"userName":"mine"}`), madeAt(t, h, "/Users", `{"userName":"theirs"}`)
	before := seen(t, h, "/Users/"+theirs)
	token, err := s.admin.CreateToken(t.Context(), admin.TokenRequest{Connection: "another"})
	if err != nil {
		t.Fatal(err)
	}
	patch := func(operations string) string { return `{"Operations":[` + operations + `]}` }
	for _, row := range []struct {
		name, token, operation, status string
	}{
		{"DELETE of another connection's user", token.Text.Reveal(), `{"method":"DELETE","path":"/Users/` + theirs + `"}`, "404"},
		{"PATCH of another connection's user", token.Text.Reveal(), `{"method":"PATCH","path":"/Users/` + theirs + `","data":` + patch(`{"op":"replace","path":"active","value":false}`) + `}`, "404"},
		{"PUT of another connection's user", token.Text.Reveal(), `{"method":"PUT","path":"/Users/` + theirs + `","data":{"userName":"x"}}`, "404"},
		{"GET of another connection's user", token.Text.Reveal(), `{"method":"GET","path":"/Users/` + theirs + `"}`, "400"},
		{"a Bulk in a Bulk", killToken, `{"method":"POST","path":"/Bulk","bulkId":"a","data":` + patch("") + `}`, "400"},
		{"a search", killToken, `{"method":"POST","path":"/Users/.search","bulkId":"a","data":{}}`, "400"},
		{"a path outside SCIM", killToken, `{"method":"POST","path":"/../../metrics","bulkId":"a","data":{}}`, "400"},
		{"an encoded path outside SCIM", killToken, `{"method":"DELETE","path":"/Users/..%2f..%2fmetrics"}`, "400"},
		{"another host", killToken, `{"method":"POST","path":"http://127.0.0.1/Users","bulkId":"a","data":{"userName":"x"}}`, "400"},
		{"a write to discovery", killToken, `{"method":"PUT","path":"/Schemas/x","data":{}}`, "400"},
		{"limits.patch_operations", killToken, `{"method":"PATCH","path":"/Users/` + mine + `","data":` + patch(repeat(51, `{"op":"add","path":"title","value":"%d"}`)) + `}`, "413"},
		{"limits.values", killToken, `{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"x","emails":[` + repeat(21, `{"value":"%d"}`) + `]}}`, "400"},
		{"limits.members", killToken, `{"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"x","members":[` + repeat(101, `{"value":"%d"}`) + `]}}`, "413"},
		{"limits.filter_terms", killToken, `{"method":"PATCH","path":"/Users/` + mine + `","data":` +
			patch(`{"op":"remove","path":"emails[type pr and type pr and type pr and type pr and type pr]"}`) + `}`, "400"},
		{"an outdated version", killToken, `{"method":"DELETE","path":"/Users/` + mine + `","version":"W/\"99\""}`, "412"},
		{"a userName that is taken", killToken, `{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"MINE"}}`, "409"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/scim/v2/Bulk", strings.NewReader(patch(row.operation)))
		r.Header.Set("Authorization", "Bearer "+row.token)
		status, answer := answerTo(h, r)
		operations, _ := answer["Operations"].([]any)
		if status != http.StatusOK || len(operations) != 1 || operations[0].(map[string]any)["status"] != row.status {
			t.Errorf("%s: got %d %v, want an operation of status %s", row.name, status, answer, row.status)
		}
	}
	if after := seen(t, h, "/Users/"+theirs); after != before {
		t.Errorf("the other connection's user changed from %s to %s", before, after)
	}
}

// TestPasswordIsNowhere checks that a password, in any spelling, appears in no
// response, no log line and no byte of the database (langfuse #16027).
func TestPasswordIsNowhere(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	s := newTestSite(t, zap.New(core))
	h := s.handler()
	const urn = "urn:ietf:params:scim:schemas:core:2.0:User"
	user := "/Users/" + madeAt(t, h, "/Users", `{"userName":"kept-text","password":"`+marker+`"}`)
	for _, r := range []*http.Request{
		scimRequest("POST", "/Users", `{"userName":"a","PassWord":"`+marker+`"}`),
		scimRequest("POST", "/Users", `{"userName":"b","`+urn+`:password":"`+marker+`"}`),
		scimRequest("PUT", user, `{"userName":"kept-text","password":{"value":"`+marker+`"}}`),
		scimRequest("PATCH", user, `{"Operations":[{"op":"replace","path":"password","value":"`+marker+`"},{"op":"add","value":{"PASSWORD":"`+marker+`"}}]}`),
		scimRequest("PATCH", user, `{"Operations":[{"op":"add","path":"`+urn+`:Password","value":["`+marker+`"]}]}`),
		scimRequest("POST", "/Bulk", `{"Operations":[{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"c","password":"`+marker+`"}}]}`),
		scimRequest("GET", "/Users?attributes=password,userName", ""), scimRequest("GET", user, ""),
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 300 || strings.Contains(w.Body.String(), marker) {
			t.Errorf("%s %s: got %d %s, want it accepted, without the password in the response", r.Method, r.RequestURI, w.Code, w.Body)
		}
	}
	for _, l := range logs.All() {
		if line := fmt.Sprint(l.Message, l.ContextMap()); strings.Contains(line, marker) {
			t.Errorf("the log has the password: %s", line)
		}
	}
	var kept []byte
	for _, suffix := range []string{"", "-wal"} {
		part, err := os.ReadFile(strings.TrimPrefix(s.cfg.Database.URL, "sqlite:") + suffix)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, part...)
	}
	if bytes.Contains(kept, []byte(marker)) {
		t.Error("the database has the password")
	}
	if !bytes.Contains(kept, []byte("kept-text")) {
		t.Error("the database also lacks the user; is it another database?")
	}
}
