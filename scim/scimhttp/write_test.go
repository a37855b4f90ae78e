package scimhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

func TestCreateUser(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		body string         // the test adds userName
		want map[string]any // the response, without id, meta and userName
	}{
		"userName only (row 23)":             {``, map[string]any{"schemas": []any{urnUser}}},
		"no schemas":                         {`"displayName":"Ann"`, map[string]any{"schemas": []any{urnUser}, "displayName": "Ann"}},
		"id, meta, groups (row 24)":          {`"id":"x","meta":{"version":"9"},"groups":[{"value":"g"}]`, map[string]any{"schemas": []any{urnUser}}},
		"nulls (row 25, T65)":                {`"title":null,"emails":null,"name":{"givenName":""},"roles":[]`, map[string]any{"schemas": []any{urnUser}}},
		"misspelt URN (row 26, T65)":         {`"schemas":["` + urnUser + `","urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],"shoeSize":42`, map[string]any{"schemas": []any{urnUser}}},
		"bare enterprise names (row 18)":     {`"department":"Care","manager":"m1"`, map[string]any{"schemas": []any{urnUser, urnEnt}, urnEnt: map[string]any{"department": "Care", "manager": map[string]any{"value": "m1"}}}},
		"core URN as a key":                  {`"` + strings.ToLower(urnUser) + `":{"title":"Lead","name.givenName":"Ann"},"name":{"familyName":"Lee"}`, map[string]any{"schemas": []any{urnUser}, "title": "Lead", "name": map[string]any{"givenName": "Ann", "familyName": "Lee"}}},
		"core URN without attributes":        {`"` + urnUser + `":null,"title":"Lead"`, map[string]any{"schemas": []any{urnUser}, "title": "Lead"}},
		"True as text (row 28)":              {`"active":"True"`, map[string]any{"schemas": []any{urnUser}, "active": true}},
		"manager as text (row 18, T64)":      {`"` + urnEnt + `":{"manager":"m1"}`, map[string]any{"schemas": []any{urnUser, urnEnt}, urnEnt: map[string]any{"manager": map[string]any{"value": "m1"}}}},
		"any case (row 45)":                  {`"DISPLAYNAME":"Ann","Schemas":[],"` + strings.ToUpper(urnEnt) + `":{"DEPARTMENT":"Care"}`, map[string]any{"schemas": []any{urnUser, urnEnt}, "displayName": "Ann", urnEnt: map[string]any{"department": "Care"}}},
		"formats are not validated (row 21)": {`"locale":"xx_??","profileUrl":"no url","timezone":"Mars"`, map[string]any{"schemas": []any{urnUser}, "locale": "xx_??", "profileUrl": "no url", "timezone": "Mars"}},
		"characters":                         {`"displayName":"<Ä> \u0001 😀 \u202eRTL \"q\" + % .123"`, map[string]any{"schemas": []any{urnUser}, "displayName": "<Ä> \x01 😀 \u202eRTL \"q\" + % .123"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, scimhttp.Config{})
			body := `{"userName":"ann@x.io"}`
			if row.body != "" {
				body = `{"userName":"ann@x.io",` + row.body + `}`
			}
			a := s.must(201, "POST", "/Users", body)
			id, _ := a.at("id").(string)
			if !scim.ID(id).Valid() || a.header.Get("Location") != base+"/Users/"+id || a.at("meta", "location") != base+"/Users/"+id {
				t.Errorf("got id %q, Location %s, meta %v", id, a.header.Get("Location"), a.at("meta"))
			}
			if a.header.Get("ETag") != `W/"1"` || a.at("meta", "resourceType") != "User" {
				t.Errorf("got ETag %s, meta %v", a.header.Get("ETag"), a.at("meta"))
			}
			read := s.must(200, "GET", "/Users/"+id, "")
			if diff := cmp.Diff(a.body, read.body); diff != "" {
				t.Errorf("201 and GET differ:\n%s", diff)
			}
			got := a.body.(map[string]any)
			for _, name := range []string{"id", "meta", "userName"} {
				delete(got, name)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("resource (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUserNames(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, name := range []string{
		"john.123@example.com", "j.2doe@mail.365.com", "o'neil", "a+b%20c", "ü@x.io", "😀", "\u200fעברית", strings.Repeat("a", 65),
	} {
		path := s.user(name)
		a := s.must(200, "GET", "/Users?filter="+escape(`userName eq "`+name+`"`), "")
		if a.at("Resources", 0, "userName") != name {
			t.Errorf("%q is not found under %s: %s", name, path, a.text)
		}
		again := s.must(409, "POST", "/Users", `{"schemas":["`+urnUser+`"],"userName":"`+strings.ToUpper(name)+`"}`)
		if checkError(t, again); again.at("scimType") != "uniqueness" { // row 2
			t.Errorf("%q again: got %s", name, again.text)
		}
	}
	checkError(t, s.must(400, "POST", "/Users", `{"schemas":["`+urnUser+`"],"userName":"`+strings.Repeat("a", 300)+`"}`))
}

// TestExternalIDsMayRepeat checks that several users can have the same externalId
// (docs/reference/identity-providers.md, row 3). RFC 7643 §3.1 makes the IdP
// responsible for the uniqueness of an externalId, and Microsoft's test suite gives
// the same externalId to several users.
func TestExternalIDsMayRepeat(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, name := range []string{"ann@x.io", "bob@x.io"} {
		s.must(201, "POST", "/Users", `{"schemas":["`+urnUser+`"],"userName":"`+name+`","externalId":"X1"}`)
		s.must(201, "POST", "/Groups", `{"displayName":"`+name+`","externalId":"X1"}`)
	}
	for _, path := range []string{"/Users", "/Groups"} {
		a := s.must(200, "GET", path+"?filter="+escape(`externalId eq "X1"`), "")
		if a.at("totalResults") != json.Number("2") {
			t.Errorf("%s: got %s, want both", path, a.text)
		}
	}
}

// TestGroupNamesAreUnique checks that two groups cannot have the same name, and
// that a write of a group with its own name succeeds
// (docs/reference/identity-providers.md, row 4).
func TestGroupNamesAreUnique(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	s.must(201, "POST", "/Groups", `{"displayName":"Care"}`)
	path := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Sales"}`).at("id").(string)
	rename := func(name string) string {
		return `{"Operations":[{"op":"replace","path":"displayName","value":"` + name + `"}]}`
	}
	for _, refused := range []answer{
		s.must(409, "POST", "/Groups", `{"displayName":"CARE"}`),
		s.must(409, "PUT", path, `{"displayName":"care"}`),
		s.must(409, "PATCH", path, rename("care")),
	} {
		checkError(t, refused)
		if refused.at("scimType") != "uniqueness" {
			t.Errorf("got %s, want uniqueness", refused.text)
		}
	}
	s.must(200, "PUT", path, `{"displayName":"Sales"}`)
	s.must(204, "PATCH", path, rename("SALES"))
}

// TestUnknownManager checks that the id of a manager who does not exist is stored
// and returned (docs/reference/identity-providers.md, row 20).
func TestUnknownManager(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	path := "/Users/" + s.must(201, "POST", "/Users", `{"userName":"ann@x.io","`+urnEnt+`":{"manager":{"value":"00uNobody"}}}`).at("id").(string)
	if a := s.must(200, "GET", path, ""); a.at(urnEnt, "manager", "value") != "00uNobody" {
		t.Errorf("got %s, want the manager as sent", a.text)
	}
	s.must(200, "PATCH", path, `{"Operations":[{"op":"replace","path":"`+urnEnt+`:manager","value":"00uAnother"}]}`)
	if a := s.must(200, "GET", path, ""); a.at(urnEnt, "manager", "value") != "00uAnother" {
		t.Errorf("got %s, want the other manager", a.text)
	}
}

func TestBadBodies(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	user := s.user("ann@x.io")
	for name, row := range map[string]struct{ body, scimType string }{
		"not JSON":                {`userName=ann`, "invalidSyntax"},
		"empty":                   {` `, "invalidSyntax"},
		"not an object":           {`["userName"]`, "invalidSyntax"},
		"a second value":          {`{"userName":"a"} {}`, "invalidSyntax"},
		"cut off":                 {`{"userName":"a"`, "invalidSyntax"},
		"single quotes":           {`{'userName':'a'}`, "invalidSyntax"},
		"trailing comma":          {`{"userName":"a",}`, "invalidSyntax"},
		"duplicate keys":          {`{"userName":"a","userName":"b"}`, "invalidSyntax"},
		"duplicate keys, deep":    {`{"userName":"a","name":{"givenName":"a","givenName":"b"}}`, "invalidSyntax"},
		"two spellings, deep":     {`{"userName":"a","name":{"givenName":"a","GIVENNAME":"b"}}`, "invalidSyntax"},
		"invalid UTF-8":           {"{\"userName\":\"a\xff\"}", "invalidSyntax"},
		"nested 100 deep":         {`{"userName":"a","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "invalidSyntax"},
		"nested 100,000 deep":     {strings.Repeat(`{"a":`, 100000), "invalidSyntax"},
		"NUL":                     {`{"userName":"a\u0000"}`, "invalidValue"},
		"NUL in a key":            {`{"userName":"a","x\u0000":1}`, "invalidValue"},
		"no userName":             {`{"displayName":"Ann"}`, "invalidValue"},
		"null userName (row 25)":  {`{"userName":null}`, "invalidValue"},
		"empty userName (row 25)": {`{"userName":""}`, "invalidValue"},
		"userName is a list":      {`{"userName":["a","b"]}`, "invalidValue"},
		"userName is an object":   {`{"userName":{"a":1}}`, "invalidValue"},
		"active is a word":        {`{"userName":"a","active":"perhaps"}`, "invalidValue"},
		"active is a number":      {`{"userName":"a","active":7}`, "invalidValue"},
		"name is a text":          {`{"userName":"a","name":"Ann"}`, "invalidValue"},
		"emails.value is a list":  {`{"userName":"a","emails":[{"value":["a","b"]}]}`, "invalidValue"},
		"userName of blanks":      {`{"userName":"\t\n \u00a0"}`, "invalidValue"},
		"half a surrogate pair":   {`{"userName":"a","title":"\ud83d"}`, "invalidSyntax"},
		"half a pair in a key":    {`{"userName":"a","x\udc00":1}`, "invalidSyntax"},
		"pair in reverse order":   {`{"userName":"a","title":"\ude00\ud83d"}`, "invalidSyntax"},
		"halves apart":            {`{"userName":"a","title":"\ud83d \ude00"}`, "invalidSyntax"},
		"a skill without a name":  {`{"userName":"a","` + scim.URNFlex + `":{"skills":[{"level":3}]}}`, "invalidValue"},
		"units without a channel": {`{"userName":"a","` + scim.URNFlex + `":{"capacity":[{"units":1}]}}`, "invalidValue"},
	} {
		for method, path := range map[string]string{"POST": "/Users", "PUT": user} {
			a := s.must(400, method, path, row.body)
			if a.at("scimType") != row.scimType {
				t.Errorf("%s, %s: got %s, want %s", name, method, a.text, row.scimType)
			}
			checkError(t, a)
		}
		if strings.HasPrefix(name, "hal") {
			checkError(t, s.must(400, "POST", "/Bulk", `{"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":`+row.body+`}]}`))
		}
	}
}

// counter is an endless body that counts the bytes that were read from it.
type counter struct{ read int64 }

func (c *counter) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	c.read += int64(len(b))
	return len(b), nil
}

func TestBodyOverTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	h := newHandler(t, scimhttp.Config{MaxBody: limit})
	for name, length := range map[string]int64{"announced": limit + 1, "not announced": -1} {
		var body counter
		r := httptest.NewRequest(http.MethodPost, "/Users", &body)
		r.ContentLength = length
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), `"413"`) {
			t.Errorf("%s: got %d %s, want 413", name, w.Code, w.Body)
		}
		most := int64(limit + 1) // the handler reads one more byte than the limit to find out that the body is too long
		if length > 0 {
			most = 0
		}
		if body.read > most {
			t.Errorf("%s: %d bytes were read, want at most %d", name, body.read, most)
		}
	}
	cut := http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(&counter{}), limit) // an outer handler has the same limit
	short := http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(&counter{}), limit/2)
	for _, body := range []io.Reader{cut, short} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/Users", body))
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("cut by an earlier layer: got %d %s, want 413", w.Code, w.Body)
		}
	}
	full := `{"userName":"ann@x.io"` + strings.Repeat(" ", limit-23) + `}`
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/Users", io.NopCloser(strings.NewReader(full))))
	if w.Code != 201 {
		t.Errorf("a body of exactly the limit: got %d %s, want 201", w.Code, w.Body)
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	path := s.user("ann@x.io")
	for media, want := range map[string]int{ // row 40
		"application/scim+json":                200,
		"application/scim+json; charset=utf-8": 200,
		"application/json":                     200,
		"":                                     200,
		"text/plain":                           200,
		"nonsense;;":                           200,
		"application/x-www-form-urlencoded":    415,
		"multipart/form-data; boundary=x":      415,
		"application/xml":                      415,
		"text/xml":                             415,
		"application/soap+xml":                 415,
		"APPLICATION/JSON;charset=latin1":      200,
		"application/octet-stream":             200,
		"application/problem+json":             200,
		"text/html":                            415,
		"text/csv":                             415,
		"image/png":                            415,
		"application/pdf":                      415,
	} {
		s.must(want, "PATCH", path, `{"Operations":[]}`, "Content-Type", media, "Accept", "text/html") // row 39
	}
}

// recorder is a directory that stores every document and operation that it
// receives.
type recorder struct {
	scim.Directory

	mu   sync.Mutex
	seen []any
}

func (r *recorder) note(v any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, v)
}

func (r *recorder) CreateUser(ctx context.Context, u scim.User) (scim.User, error) {
	r.note(u)
	return r.Directory.CreateUser(ctx, u)
}

func (r *recorder) ReplaceUser(ctx context.Context, id scim.ID, u scim.User, c scim.Condition) (scim.User, error) {
	r.note(u)
	return r.Directory.ReplaceUser(ctx, id, u, c)
}

func (r *recorder) PatchUser(ctx context.Context, id scim.ID, ops []scim.Op, c scim.Condition) (scim.User, error) {
	r.note(ops)
	return r.Directory.PatchUser(ctx, id, ops, c)
}

func TestPasswordIsNeverSeen(t *testing.T) {
	t.Parallel()
	const word = "Kv7J2LEa-new1"
	d := &recorder{Directory: scimtest.NewDirectory()}
	var dropped []string
	s := open(t, scimhttp.Config{Directory: d, OnDropped: func(_ context.Context, _ string, names []string) { dropped = append(dropped, names...) }})
	answers := []answer{s.must(201, "POST", "/Users", `{"userName":"ann@x.io","password":"`+word+`","PassWord":"`+word+`"}`)}
	path := "/Users/" + answers[0].at("id").(string)
	for _, body := range []string{
		`{"value":{"password":"` + word + `","title":"Lead"}}`,
		`{"value":{"` + urnUser + `:PASSWORD":"` + word + `"}}`,
		`{"path":"password","value":"` + word + `"}`,
		`{"path":"` + urnUser + `:password","value":"` + word + `"}`,
	} {
		answers = append(answers, s.must(200, "PATCH", path, `{"Operations":[{"op":"replace",`+body[1:]+`]}`))
	}
	answers = append(answers, s.must(200, "PUT", path, `{"userName":"ann@x.io","`+urnUser+`:password":"`+word+`"}`), s.must(200, "GET", path, ""))
	for _, a := range answers {
		if strings.Contains(a.text, word) || strings.Contains(strings.ToLower(a.text), "password") {
			t.Errorf("a password comes back: %s", a.text)
		}
	}
	if seen := fmt.Sprintf("%+v", d.seen); strings.Contains(seen, word) {
		t.Errorf("the directory sees a password: %s", seen)
	}
	if len(dropped) > 0 {
		t.Errorf("got dropped attributes %v, want none, because a password is not a mistake", dropped)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	path := s.user("ann@x.io")
	s.must(200, "PATCH", path, `{"Operations":[{"op":"replace","value":{"active":false,"title":"Lead"}}]}`)
	a := s.must(200, "PUT", path, `{"userName":"ann@x.io","displayName":"Ann"}`)
	if a.at("active") != false || a.at("title") != nil || a.at("displayName") != "Ann" { // rows 34 and 35
		t.Errorf("got %s, want active kept and title gone", a.text)
	}
	own := s.must(200, "GET", path, "")
	again := s.must(200, "PUT", path, own.text) // Okta sends the body that it read in a PUT (docs/reference/identity-providers.md §0, 3)
	if diff := cmp.Diff(own.body, again.body); diff != "" {
		t.Errorf("a PUT of the body that GET returned changes it:\n%s", diff)
	}
	s.must(404, "PUT", "/Users/"+string(scim.NewID()), `{"userName":"bob@x.io"}`)
}

func TestDroppedAttributesAreReported(t *testing.T) {
	t.Parallel()
	var dropped []string
	var request string
	s := open(t, scimhttp.Config{OnDropped: func(ctx context.Context, _ string, names []string) {
		dropped, request = append(dropped, names...), logfield.RequestID(ctx)
	}})
	path := "/Users/" + s.must(201, "POST", "/Users", `{"userName":"ann@x.io","shoeSize":42}`).at("id").(string)
	s.must(200, "PATCH", path, `{"Operations":[{"op":"add","path":"urn:x:hatSize","value":"L"},{"op":"add","value":{"gloveSize":"M","title":"Lead"}}]}`)
	if diff := cmp.Diff([]string{"shoeSize", "urn:x:hatSize", "gloveSize"}, dropped); diff != "" || request != ref {
		t.Errorf("dropped of %q (-want +got):\n%s", request, diff)
	}
	if a := s.must(200, "GET", path, ""); a.at("title") != "Lead" { // the PATCH is applied although it has unknown attributes
		t.Errorf("got %s", a.text)
	}
}

func TestGroupsAreCreatedWithMembers(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	ann, bob := strings.TrimPrefix(s.user("ann@x.io"), "/Users/"), strings.TrimPrefix(s.user("bob@x.io"), "/Users/")
	a := s.must(201, "POST", "/Groups", `{"displayName":"Care","MEMBERS":[{"value":"`+ann+`","display":null},"`+bob+`"]}`)
	path := "/Groups/" + a.at("id").(string)
	if a.at("members", 0, "value") != ann || a.at("members", 1, "$ref") != base+"/Users/"+bob {
		t.Errorf("got %s", a.text)
	}
	for _, row := range []struct {
		members string
		want    int
		status  int
	}{
		{`,"members":[{}]`, 2, 400},                    // row 12
		{`,"members":[{"value":""}]`, 2, 400},          // row 12
		{``, 0, 200},                                   // row 34: this client sends members by POST and not by PATCH
		{`,"members":["` + bob + `"]`, 1, 200},         //
		{`,"members":["no-such-user"]`, 0, 200},        // rows 30, 31: the id is stored as a pending member, which responses omit
		{`,"members":{"value":"` + ann + `"}`, 1, 200}, // row 29
		{`,"members":[]`, 0, 200},                      // row 13
		{`,"members":"` + bob + `"`, 1, 200},           // row 29
		{`,"members":null`, 0, 200},                    // RFC 7643 §2.5: null means an empty list
	} {
		a := s.must(row.status, "PUT", path, `{"displayName":"Care"`+row.members+`}`)
		members, _ := s.must(200, "GET", path, "").at("members").([]any)
		if len(members) != row.want {
			t.Errorf("PUT %s: got %d members %s, want %d", row.members, len(members), a.text, row.want)
		}
	}
	var long bytes.Buffer
	long.WriteString(`{"displayName":"Care","members":["` + ann + `"]}`)
	if a := s.must(200, "PUT", path+"?excludedAttributes=members", long.String()); a.at("members") != nil {
		t.Errorf("PUT with members excluded: got %s", a.text)
	}
}
