package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// marker is a value that stands for a secret or for personal data.
const marker = "hunter2-marker"

// spoiled returns copies of a document. Each copy contains the marker in another
// place or another form. The marker replaces a whole value or a part of it.
func spoiled(value any) (all []any) {
	all = []any{marker, []any{marker, marker}, map[string]any{"value": marker, "type": marker, "$ref": marker}, marker + "\x00", strings.Repeat(marker, 30)}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			for _, part := range spoiled(v[key]) {
				other := maps.Clone(v)
				other[key] = part
				all = append(all, other)
			}
		}
	case []any:
		for i := range v {
			for _, part := range spoiled(v[i]) {
				other := slices.Clone(v)
				other[i] = part
				all = append(all, other)
			}
		}
	}
	return all
}

// leakBodies returns requests, each as method, path and body. Together, their
// bodies use all features of SCIM.
func leakBodies(user, group string) [][3]string {
	const enterprise, ours = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:ietf:params:scim:schemas:extension:flexscim:2.0:User"
	person := `{"schemas":["x"],"id":"x","userName":"x","password":"x","active":true,"externalId":"x","name":{"givenName":"x"},"emails":[{"value":"x","type":"work","primary":true}],` +
		`"x509Certificates":[{"value":"x"}],"roles":[{"value":"x"}],"meta":{"created":"x"},"groups":[{"value":"x"}],` +
		`"` + enterprise + `":{"manager":{"value":"x"}},"` + ours + `":{"roles":["x"],"skills":[{"name":"x","level":1}],"walkOut":true}}`
	operations := `[{"op":"add","path":"emails[type eq \"work\"].value","value":"x"},{"op":"replace","value":{"active":true,"name.givenName":"x"}},{"op":"remove","path":"title"}]`
	members := `[{"op":"add","path":"members","value":[{"value":"x"}]},{"op":"remove","path":"members[value eq \"x\"]"},{"op":"replace","value":{"displayName":"x"}}]`
	return [][3]string{
		{"POST", "/Users", person}, {"PUT", user, person}, {"PATCH", user, `{"schemas":["x"],"Operations":` + operations + `}`},
		{"POST", "/Groups", `{"displayName":"x","externalId":"x","members":[{"value":"x"}]}`}, {"PATCH", group, `{"Operations":` + members + `}`},
		{"POST", "/.search", `{"filter":"id pr","startIndex":1,"count":1,"attributes":["id"],"sortOrder":""}`},
		{"POST", "/Users/.search", `{"filter":"userName eq \"x\"","sortOrder":"ascending","cursor":"","count":1,"excludedAttributes":"id"}`},
		{"POST", "/Bulk", `{"failOnErrors":1,"Operations":[{"method":"POST","path":"/Users","bulkId":"a","version":"x","data":` + person + `}]}`},
		{"POST", "/Bulk", `{"Operations":[{"method":"PATCH","path":"` + user + `","data":{"Operations":` + operations + `}},{"method":"DELETE","path":"/Users/x"}]}`},
	}
}

// leakRequests returns requests with the marker in a method, path, query, filter,
// header or invalid body. The marker is never the name of an attribute or
// parameter, because errors may repeat names.
func leakRequests(user string) (all []*http.Request) {
	filters := []string{
		`userName eq "MARK" x`, `userName eq "MARK`, `userName eq MARK or-MARK`, `userName xx "MARK"`, `active eq "MARK"`, `meta.created gt "MARK"`, `unknown eq "MARK"`, `userName co 'MARK' (`,
		`emails[type eq "MARK"].unknown eq "MARK"`, `not "MARK"`, `"MARK"`, `((userName eq "MARK"`, `userName eq "\MARK"`, `members.display eq "MARK"`, `title co "MARK" and (`,
	}
	queries := []string{"startIndex=MARK", "count=MARK", "sortBy=userName&sortOrder=MARK", "cursor=MARK", "cursor=&count=MARK", "cursor=%00MARK"}
	for _, f := range filters {
		queries = append(queries, "filter="+url.QueryEscape(f))
	}
	for _, q := range queries {
		for _, path := range []string{"/Users?", "/Groups?", "/?", "/ServiceProviderConfig?"} {
			all = append(all, scimRequest("GET", path+strings.ReplaceAll(q, "MARK", marker), ""))
		}
	}
	for _, f := range filters {
		path, _ := json.Marshal(strings.ReplaceAll(f, "MARK", marker)) // a string always marshals
		all = append(all, scimRequest("PATCH", user, `{"Operations":[{"op":"add","path":`+string(path)+`,"value":"x"}]}`))
	}
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "POST", strings.ToUpper(marker)} {
		for _, path := range []string{"/Users/MARK", "/Groups/MARK", "/MARK", "/Users/MARK/MARK", "/Schemas/MARK", user + "?attributes=id&x=MARK"} {
			all = append(all, scimRequest(method, strings.ReplaceAll(path, "MARK", marker), `{"userName":"`+marker+`"`))
		}
	}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Accept", "If-Match", "If-None-Match", "X-Request-Id", "Authorization", "Accept-Encoding", "X-Forwarded-For", "User-Agent"} {
		for _, value := range []string{marker, "Bearer " + marker, `W/"` + marker + `"`, "text/" + marker} {
			r := scimRequest("PUT", user, `{"userName":"`+marker+`","active":[1,2]}`)
			r.Header.Set(name, value)
			all = append(all, r)
		}
	}
	for _, body := range []string{"MARK", `"MARK"`, `{"userName":"MARK"`, `{"userName":"MARK","userName":"MARK"}`, `{"password":"MARK","password":"MARK"}`, `["MARK"]`, `{} "MARK"`, `{"a":"MARK` + "\xff" + `"}`} {
		all = append(all, scimRequest("POST", "/Users", strings.ReplaceAll(body, "MARK", marker)))
	}
	return all
}

// TestErrorsTellNothing checks that an error never repeats the value that caused
// it, and that no log line contains such a value.
func TestErrorsTellNothing(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.DebugLevel)
	h := newTestSite(t, zap.New(core)).handler()
	user, group := "/Users/"+madeAt(t, h, "/Users", `{"userName":"user"}`), "/Groups/"+madeAt(t, h, "/Groups", `{"displayName":"group"}`)
	requests := leakRequests(user)
	for _, body := range leakBodies(user, group) {
		var document any
		if err := json.Unmarshal([]byte(body[2]), &document); err != nil {
			t.Fatal(err)
		}
		for _, other := range spoiled(document) {
			text, err := json.Marshal(other)
			if err != nil {
				t.Fatal(err)
			}
			requests = append(requests, scimRequest(body[0], body[1], string(text)))
		}
	}
	refused := 0
	for _, r := range requests {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		for _, text := range refusals(w) {
			refused++
			if strings.Contains(strings.ToLower(text), "hunter2") {
				t.Errorf("%s %s: the response repeats the value: %s", r.Method, r.RequestURI, text)
			}
		}
	}
	if refused < 500 {
		t.Errorf("got %d refusals of %d requests, want at least 500; otherwise the test checks too little", refused, len(requests))
	}
	for _, l := range logs.All() {
		if line := fmt.Sprint(l.Message, l.ContextMap()); strings.Contains(strings.ToLower(line), "hunter2") {
			t.Errorf("the log has the value: %s", line)
		}
	}
	if logs.FilterMessage("request").Len() < len(requests) {
		t.Error("the log lacks requests; is it another log?")
	}
}

// refusals returns the text of each error in a response. If the whole response is
// an error, its text includes the headers.
func refusals(w *httptest.ResponseRecorder) (all []string) {
	if w.Code >= 400 {
		return []string{fmt.Sprint(w.Header(), w.Body)}
	}
	var bulk struct {
		Operations []struct{ Response json.RawMessage }
	}
	_ = json.Unmarshal(w.Body.Bytes(), &bulk) // bulk stays empty if the request was no Bulk
	for _, outcome := range bulk.Operations {
		if outcome.Response != nil {
			all = append(all, string(outcome.Response))
		}
	}
	return all
}
