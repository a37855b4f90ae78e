package scimhttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

const urnBulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

// bulk returns the body of a bulk request with the given operations. The argument
// `more` contains further keys, which bulk puts before the key `Operations`.
func bulk(more string, operations ...string) string {
	return `{"schemas":["` + urnBulk + `"],` + more + `"Operations":[` + strings.Join(operations, ",") + `]}`
}

func post(path, id, data string) string {
	return fmt.Sprintf(`{"method":"POST","path":%q,"bulkId":%q,"data":%s}`, path, id, data)
}

// statuses returns the HTTP statuses of the operations in a bulk response,
// separated by spaces.
func (a answer) statuses() string {
	var all []string
	operations, _ := a.at("Operations").([]any)
	for _, op := range operations {
		all = append(all, fmt.Sprint(answer{body: op}.at("status")))
	}
	return strings.Join(all, " ")
}

// answer.made returns the path of the resource that the operation with index n of a
// bulk response created.
func (a answer) made(n int) string {
	location, _ := a.at("Operations", n, "location").(string)
	return strings.TrimPrefix(location, base)
}

// TestBulkOfAnotherMessage checks that POST /Bulk refuses a body whose schemas name
// another message of RFC 7644.
func TestBulkOfAnotherMessage(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for schemas, status := range map[string]int{
		`["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`: 400, `["urn:ietf:params:scim:api:messages:2.0:SearchRequest","x"]`: 400, `"urn:ietf:params:scim:api:messages:2.0:BulkResponse"`: 400,
		`["` + strings.ToUpper(urnBulk) + `"]`: 200, `["x","` + urnBulk + `"]`: 200, `null`: 200, `[]`: 200, `["urn:x"]`: 200,
	} {
		name := fmt.Sprintf("user of %q", schemas)
		body, err := json.Marshal(map[string]any{"schemas": json.RawMessage(schemas), "Operations": []any{json.RawMessage(post("/Users", "u", `{"userName":`+strconv.Quote(name)+`}`))}})
		if err != nil {
			t.Fatal(err)
		}
		a := s.must(status, "POST", "/Bulk", string(body))
		if status == 400 && a.at("scimType") != "invalidSyntax" {
			t.Errorf("%s: got %s, want invalidSyntax", schemas, a.text)
		}
	}
	if got := s.must(200, "GET", "/Users", "").at("totalResults"); got != json.Number("5") {
		t.Errorf("got %v users, want 5", got)
	}
}

// opener is a function that starts a SCIM service with an empty directory.
type opener func(t *testing.T) *service

// TestBulk runs the tests of bulk requests on both database engines, and on the
// directory in memory.
func TestBulk(t *testing.T) {
	t.Parallel()
	play := func(t *testing.T, open opener) {
		t.Helper()
		for name, test := range map[string]func(*testing.T, opener){
			"circle": bulkCircle, "references": bulkReferences, "outcomes": bulkOutcomes, "failOnErrors": bulkFailOnErrors, "thousand": bulkThousand,
		} {
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t, open) })
		}
	}
	storetest.Engines(t, func(t *testing.T, openStore func(testing.TB) *store.Store) {
		s := openStore(t)
		play(t, func(t *testing.T) *service {
			t.Helper()
			return open(t, scimhttp.Config{Directory: newConnection(s)})
		})
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		play(t, func(t *testing.T) *service { t.Helper(); return open(t, scimhttp.Config{}) })
	})
}

// newConnection returns the directory of a new connection.
func newConnection(s *store.Store) scim.Directory {
	id := scim.NewID()
	return directory.New(s, store.Connection{ID: store.ConnectionID(id), Name: string(id)})
}

// bulkCircle checks the results of two POSTs that create groups as members of each
// other (RFC 7644 §3.7.1).
func bulkCircle(t *testing.T, open opener) {
	t.Helper()
	s := open(t)
	a := s.must(200, "POST", "/Bulk", bulk("",
		post("/Groups", "qwerty", `{"displayName":"Group A","members":[{"type":"Group","value":"bulkId:ytrewq"}]}`),
		post("/Groups", "ytrewq", `{"displayName":"Group B","members":[{"type":"Group","value":"bulkId:qwerty"}]}`),
		post("/Groups", "self", `{"displayName":"Group C","members":[{"value":"bulkId:self"}]}`),
		post("/Groups", "behind", `{"displayName":"Group D","members":[{"value":"bulkId:qwerty"}]}`),
		post("/Groups", "free", `{"displayName":"Group E"}`)))
	if got := a.statuses(); got != "409 409 409 409 201" {
		t.Errorf("got %s, want the circle and the group that refers to it refused", got)
	}
	if a := s.must(200, "GET", "/Groups", ""); a.at("totalResults") != json.Number("1") {
		t.Errorf("got %s, want only the free group", a.text)
	}
}

// bulkReferences checks that references by bulkId become ids (§3.7.2). It tests a
// member that is created before or after the group, a manager, and the paths of
// PATCH, PUT and DELETE.
func bulkReferences(t *testing.T, open opener) {
	t.Helper()
	user := post("/Users", "qwerty", `{"schemas":["`+urnUser+`"],"userName":"Alice"}`)
	group := post("/Groups", "ytrewq", `{"schemas":["`+scim.URNGroup+`"],"displayName":"Tour Guides","members":[{"type":"User","value":"bulkId:qwerty"}]}`)
	for i, operations := range [][]string{{user, group}, {group, user}} {
		s := open(t)
		a := s.must(200, "POST", "/Bulk", bulk(`"failOnErrors":1,`, operations...))
		if a.at("schemas", 0) != "urn:ietf:params:scim:api:messages:2.0:BulkResponse" || a.statuses() != "201 201" {
			t.Fatalf("got %s", a.text)
		}
		if a.at("Operations", i, "bulkId") != "qwerty" || a.at("Operations", i, "method") != "POST" || a.at("Operations", i, "version") != `W/"1"` {
			t.Errorf("got %s, want the results in the request's order", a.text)
		}
		alice := strings.TrimPrefix(a.made(i), "/Users/")
		if got := s.must(200, "GET", a.made(1-i), "").at("members", 0, "value"); got != alice {
			t.Errorf("got member %v, want %s", got, alice)
		}
	}
	s := open(t)
	a := s.must(200, "POST", "/Bulk", bulk("",
		`{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:bob"}]}]}}`,
		`{"method":"put","path":"/Users/bulkId:bob?attributes=id","data":{"userName":"bob","title":"Boss"}}`,
		`{"method":"DELETE","path":"/Users/bulkId:gone"}`,
		post("/Users", "ann", `{"userName":"ann","`+urnEnt+`":{"manager":{"value":"bulkId:bob"}}}`),
		post("/Users", "cid", `{"userName":"cid","`+urnEnt+`":{"manager":"bulkId:ann"}}`),
		post("/Users", "gone", `{"userName":"gone"}`),
		post("/Users", "bob", `{"userName":"bob"}`),
		post("/Groups", "g", `{"displayName":"G"}`)))
	if got := a.statuses(); got != "204 200 204 201 201 201 201 201" {
		t.Fatalf("got %s: %s", got, a.text)
	}
	bob := strings.TrimPrefix(a.made(6), "/Users/")
	for _, row := range []struct {
		path string
		at   []any
		want string
	}{
		{a.made(3), []any{urnEnt, "manager", "value"}, bob},
		{a.made(4), []any{urnEnt, "manager", "value"}, strings.TrimPrefix(a.made(3), "/Users/")},
		{a.made(7), []any{"members", 0, "value"}, bob},
		{a.made(1), []any{"title"}, "Boss"},
	} {
		if got := s.must(200, "GET", row.path, "").at(row.at...); got != row.want {
			t.Errorf("%s: got %v %v, want %s", row.path, row.at, got, row.want)
		}
	}
	if a.made(0) != a.made(7) || a.made(1) != a.made(6) {
		t.Errorf("got %s, want the locations of the resources that the bulkIds name", a.text)
	}
	s.must(404, "GET", a.made(5), "")
}

// bulkOutcomes checks the results of operations that succeed and of operations that
// fail (§3.7.3).
func bulkOutcomes(t *testing.T, open opener) {
	t.Helper()
	s := open(t)
	ann, bob, cid := s.user("ann"), s.user("bob"), s.user("cid")
	nobody := "/Users/" + string(scim.NewID())
	title := `{"Operations":[{"op":"replace","path":"title","value":"T"}]}`
	for _, row := range []struct {
		operation, status, location, version, scimType string
	}{
		{post("/Users", "new", `{"userName":"Alice"}`), "201", "*", `W/"1"`, ""},
		{`{"method":"PUT","path":"` + ann + `","version":"W/\"1\"","data":{"userName":"ann","title":"T"}}`, "200", ann, `W/"2"`, ""},
		{`{"method":"PATCH","path":"` + bob + `","version":"W/\"1\"","data":` + title + `}`, "200", bob, `W/"2"`, ""},
		{`{"method":"PATCH","path":"` + bob + `","version":"W/\"2\"","data":[{"op":"remove","path":"nickName"},{"op":"add","path":"userName","value":"Dave"}]}`, "200", bob, `W/"3"`, ""}, // the RFC's example
		{`{"method":"PATCH","path":"` + bob + `","data":[{"op":"replace","path":"userName","value":"bob"}]}`, "200", bob, `W/"4"`, ""},
		{`{"method":"PATCH","path":"` + bob + `","data":[{"op":"replace","path":"actve","value":false}]}`, "400", bob, "", "invalidPath"},
		{`{"method":"PATCH","path":"` + bob + `","data":["remove"]}`, "400", bob, "", "invalidSyntax"},
		{`{"method":"DELETE","path":"` + cid + `","version":"W/\"1\""}`, "204", cid, "", ""},
		{`{"METHOD":"delete","PATH":"` + cid + `"}`, "404", cid, "", ""},
		{`{"method":"PATCH","path":"` + bob + `","version":"W/\"1\"","data":` + title + `}`, "412", bob, "", ""},
		{`{"method":"PATCH","path":"` + nobody + `","data":` + title + `}`, "404", nobody, "", ""},
		{`{"method":"DELETE","path":"/Users/5d8d29d3-342c-4b5f-8683-a3cb6763ffcc"}`, "404", "/Users/5d8d29d3-342c-4b5f-8683-a3cb6763ffcc", "", ""}, // the figure's
		{`{"method":"DELETE","path":"/Groups/a b?x=1"}`, "404", "/Groups/a%20b", "", ""},
		{post("/Users", "twice", `{"userName":"BOB"}`), "409", "", "", "uniqueness"},
		{post("/Users", "bad", `{"title":"T"}`), "400", "", "", "invalidValue"},
		{`{"method":"PATCH","path":"` + ann + `","data":{"Operations":[{"op":"replace","path":"emails[","value":1}]}}`, "400", ann, "", "invalidPath"},
		{`{"method":"POST","path":"/Users","data":{"userName":"x"}}`, "400", "", "", "invalidSyntax"}, // no bulkId
		{`{"method":"POST","path":"/Users","bulkId":"a"}`, "400", "", "", "invalidSyntax"},            // no data
		{`{"method":"PUT","path":"` + ann + `","data":[]}`, "400", ann, "", "invalidSyntax"},
		{`{"method":"GET","path":"` + ann + `"}`, "400", ann, "", "invalidSyntax"},
		{`{"method":"PATCH","path":"` + ann + `","version":"2","data":` + title + `}`, "400", ann, "", "invalidValue"}, // no entity tag
		{`{"method":"PATCH","path":"` + ann + `","version":2,"data":` + title + `}`, "400", ann, "", "invalidValue"},
		{`{"method":"PATCH","path":"` + ann + `?attributes=%zz","data":` + title + `}`, "400", ann, "", "invalidValue"},
		{`{"path":"` + ann + `"}`, "400", ann, "", "invalidSyntax"},
		{`null`, "400", "", "", "invalidSyntax"},
		{post("/Users/.search", "a", `{}`), "400", "", "", "invalidPath"},
		{post("/Bulk", "a", `{"Operations":[]}`), "400", "", "", "invalidPath"},
		{post("Users", "a", `{"userName":"x"}`), "400", "", "", "invalidPath"},
		{post(ann, "a", `{"userName":"x"}`), "400", "", "", "invalidPath"},
		{`{"method":"DELETE","path":"/Users"}`, "400", "", "", "invalidPath"},
		{`{"method":"DELETE","path":"/Users/1/2"}`, "404", "", "", ""},
		{`{"method":"DELETE","path":"/Users/bulkId:nobody"}`, "400", "", "", "invalidValue"},
		{post("/Groups", "a", `{"displayName":"G","members":[{"value":"bulkId:nobody"}]}`), "400", "", "", "invalidValue"},
	} {
		a := s.must(200, "POST", "/Bulk", bulk("", row.operation))
		location := a.made(0)
		if row.location == "*" && location != "" {
			row.location = location
		}
		if detail, _ := a.at("Operations", 0, "response", "detail").(string); strings.Contains(detail, "If-Match") {
			t.Errorf("%s: got %q, want it to name the version, because a bulk operation has no header", row.operation, detail)
		}
		version, _ := a.at("Operations", 0, "version").(string)
		var sent struct{ Method string }
		_ = json.Unmarshal([]byte(row.operation), &sent)
		if method := a.at("Operations", 0, "method"); method != strings.ToUpper(sent.Method) {
			t.Errorf("%s: got method %v, want the operation's", row.operation, method)
		}
		if a.statuses() != row.status || location != row.location || version != row.version {
			t.Errorf("%s: got %s, want %s %s %s", row.operation, a.text, row.status, row.location, row.version)
		}
		inner := answer{body: a.at("Operations", 0, "response"), header: a.header}
		inner.status, _ = strconv.Atoi(row.status)
		if inner.status < 300 {
			if inner.body != nil {
				t.Errorf("%s: got a response %v for an operation that succeeded", row.operation, inner.body)
			}
			continue
		}
		checkError(t, inner)
		if got, _ := inner.at("scimType").(string); got != row.scimType {
			t.Errorf("%s: got scimType %s, want %s", row.operation, got, row.scimType)
		}
	}
}

func bulkFailOnErrors(t *testing.T, open opener) {
	t.Helper()
	good := func(n int) string { return post("/Users", fmt.Sprint("g", n), fmt.Sprintf(`{"userName":"good%d"}`, n)) }
	bad := func(n int) string { return post("/Users", fmt.Sprint("b", n), fmt.Sprintf(`{"title":"%d"}`, n)) }
	operations := []string{good(1), bad(1), good(2), `7`, good(3), bad(2), good(4)}
	for _, row := range []struct {
		more, want string
		users      json.Number
	}{
		{"", "201 400 201 400 201 400 201", "4"},
		{`"failOnErrors":0,`, "201 400 201 400 201 400 201", "4"},
		{`"failOnErrors":1,`, "201 400", "1"}, // the operations after the failed operation have not begun
		{`"failOnErrors":2,`, "201 400 201 400", "2"},
		{`"failOnErrors":"3",`, "201 400 201 400 201 400", "3"},
		{`"failonerrors":4,`, "201 400 201 400 201 400 201", "4"},
	} {
		s := open(t)
		if got := s.must(200, "POST", "/Bulk", bulk(row.more, operations...)).statuses(); got != row.want {
			t.Errorf("%s got %s, want %s", row.more, got, row.want)
		}
		if got := s.must(200, "GET", "/Users", "").at("totalResults"); got != row.users {
			t.Errorf("%s got %v users, want %s", row.more, got, row.users)
		}
	}
	// An operation also fails if it refers to an operation that failed.
	s := open(t)
	a := s.must(200, "POST", "/Bulk", bulk("", post("/Groups", "g", `{"displayName":"G","members":[{"value":"bulkId:b1"}]}`), bad(1), good(1)))
	if got := a.statuses(); got != "409 400 201" {
		t.Errorf("got %s: %s", got, a.text)
	}
}

// bulkThousand sends a bulk request with the largest allowed number of operations.
// The first half creates a group and users. The second half adds these users to the
// group and deletes one user.
func bulkThousand(t *testing.T, open opener) {
	t.Helper()
	s := open(t)
	const n = 1000
	operations := []string{post("/Groups", "g", `{"displayName":"Everybody"}`)}
	for i := range n/2 - 1 {
		operations = append(operations, post("/Users", fmt.Sprint("u", i), fmt.Sprintf(`{"userName":"u%d"}`, i)))
	}
	for i := range n/2 - 1 {
		operations = append(operations, fmt.Sprintf(`{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:u%d"}]}]}}`, i))
	}
	operations = append(operations, `{"method":"DELETE","path":"/Users/bulkId:u0"}`)
	a := s.must(200, "POST", "/Bulk", bulk("", operations...))
	if want := strings.Repeat("201 ", n/2) + strings.Repeat("204 ", n/2); a.statuses()+" " != want {
		t.Errorf("got %s", a.statuses())
	}
	if members, _ := s.must(200, "GET", a.made(0), "").at("members").([]any); len(members) != n/2-2 {
		t.Errorf("got %d members, want %d", len(members), n/2-2)
	}
}

func TestBulkLimits(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxBulkOperations: 3, MaxBody: 1000})
	one := `{"method":"DELETE","path":"/Users/1"}`
	if got := s.must(200, "POST", "/Bulk", bulk("", one, one, one)).statuses(); got != "404 404 404" {
		t.Errorf("at the limit: got %s", got)
	}
	many := s.must(413, "POST", "/Bulk", bulk("", one, one, one, one))
	if checkError(t, many); !strings.Contains(many.text, "more than maxOperations (3) allows (limits.bulk_operations)") {
		t.Errorf("got %s, want the name of the limit", many.text)
	}
	checkError(t, s.must(413, "POST", "/Bulk", bulk("", post("/Users", "a", `{"userName":"`+strings.Repeat("a", 1000)+`"}`))))
	for _, body := range []string{``, `[]`, `{}`, `{"Operations":{}}`, `{"Operations":[],"failOnErrors":-1}`, `{"Operations":[],"failOnErrors":true}`, `{"Operations":[],"failOnErrors":1.5}`} {
		checkError(t, s.must(400, "POST", "/Bulk", body))
	}
	checkError(t, s.must(415, "POST", "/Bulk", bulk(""), "Content-Type", "text/xml"))
	if got := s.must(200, "POST", "/Bulk", bulk("")).text; got != `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":[]}` {
		t.Errorf("no operations: got %s", got)
	}
	twice := s.must(200, "POST", "/Bulk", bulk("", post("/Users", "a", `{"userName":"a"}`), post("/Users", "a", `{"userName":"b"}`)))
	if got := twice.statuses(); got != "201 400" {
		t.Errorf("a bulkId twice: got %s", twice.text)
	}
}

// meeting is a directory in which a create ends only after a given number of
// creates have begun.
type meeting struct {
	scim.Directory

	all sync.WaitGroup
}

func (m *meeting) CreateUser(ctx context.Context, u scim.User) (scim.User, error) {
	m.all.Done()
	m.all.Wait()
	return m.Directory.CreateUser(ctx, u)
}

// TestBulkAtOnce checks that independent creates run concurrently. If they did not
// run concurrently, this test would not end.
func TestBulkAtOnce(t *testing.T) {
	t.Parallel()
	m := &meeting{Directory: scimtest.NewDirectory()}
	const n = 8
	m.all.Add(n)
	var operations []string
	for i := range n {
		operations = append(operations, post("/Users", fmt.Sprint(i), fmt.Sprintf(`{"userName":"u%d"}`, i)))
	}
	a := open(t, scimhttp.Config{Directory: m}).must(200, "POST", "/Bulk", bulk("", operations...))
	if got := a.statuses(); got != strings.TrimSpace(strings.Repeat("201 ", n)) {
		t.Errorf("got %s", got)
	}
}

// broken is a directory whose method CreateUser panics.
type broken struct{ scim.Directory }

func (broken) CreateUser(context.Context, scim.User) (scim.User, error) { panic("ann@example.com") }

// TestBulkPanic checks that a panic in one operation becomes a panic of ServeHTTP.
// So an outer handler can recover from it, and the process does not end.
func TestBulkPanic(t *testing.T) {
	t.Parallel()
	h := newHandler(t, scimhttp.Config{Directory: broken{}})
	defer func() {
		if value, _ := recover().(string); !strings.Contains(value, "ann@example.com") || !strings.Contains(value, "CreateUser") {
			t.Errorf("got panic %q, want the panic of the operation, with its stack", value)
		}
	}()
	body := bulk("", post("/Users", "a", `{"userName":"a"}`), post("/Users", "b", `{"userName":"b"}`), post("/Users", "c", `{"userName":"c"}`))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/Bulk", strings.NewReader(body)))
	t.Error("got no panic")
}

// TestBulkOutOfTime checks that no operation begins after the request's context has
// ended.
func TestBulkOutOfTime(t *testing.T) {
	t.Parallel()
	h := newHandler(t, scimhttp.Config{Directory: broken{}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/Bulk", strings.NewReader(bulk("", post("/Users", "a", `{"userName":"a"}`))))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil || a.statuses() != "503" {
		t.Errorf("got %s, want 503 for the operation", w.Body)
	}
}

// jumpy is a directory whose methods call runtime.Gosched a different number of
// times on each call. So concurrent operations end in different orders.
type jumpy struct {
	scim.Directory

	calls atomic.Int64
}

func (j *jumpy) jump() {
	for range j.calls.Add(1) * 7919 % 97 {
		runtime.Gosched()
	}
}

func (j *jumpy) CreateUser(ctx context.Context, u scim.User) (scim.User, error) {
	j.jump()
	return j.Directory.CreateUser(ctx, u)
}

func (j *jumpy) ReplaceUser(ctx context.Context, id scim.ID, u scim.User, c scim.Condition) (scim.User, error) {
	j.jump()
	return j.Directory.ReplaceUser(ctx, id, u, c)
}

func (j *jumpy) PatchUser(ctx context.Context, id scim.ID, ops []scim.Op, c scim.Condition) (scim.User, error) {
	j.jump()
	return j.Directory.PatchUser(ctx, id, ops, c)
}

func (j *jumpy) DeleteUser(ctx context.Context, id scim.ID, c scim.Condition) error {
	j.jump()
	return j.Directory.DeleteUser(ctx, id, c)
}

// TestBulkIsAsIfOneByOne checks that a bulk request leads to the same statuses and
// resources as separate requests with the same operations (§3.7).
func TestBulkIsAsIfOneByOne(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) {
			asIfOneByOne(rt, open(t, scimhttp.Config{Directory: &jumpy{Directory: scimtest.NewDirectory()}}), open(t, scimhttp.Config{}))
		})
	})
	storetest.Engines(t, func(t *testing.T, openStore func(testing.TB) *store.Store) {
		s := openStore(t)
		rapid.Check(t, func(rt *rapid.T) {
			asIfOneByOne(rt, open(t, scimhttp.Config{Directory: newConnection(s)}), open(t, scimhttp.Config{}))
		})
	})
}

// asIfOneByOne sends operations in one bulk request to the service `together`. It
// sends the same operations as separate requests to the service `single`. Then it
// compares the results.
func asIfOneByOne(rt *rapid.T, together, single *service) {
	var paths [2][]string // the paths of the same three users, for each of the two services
	for _, body := range []string{`{"userName":"a"}`, `{"userName":"b"}`, `{"userName":"c"}`} {
		for i, s := range []*service{together, single} {
			paths[i] = append(paths[i], "/Users/"+s.must(201, "POST", "/Users", body).at("id").(string))
		}
	}
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"})
	steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
		return step{rapid.SampledFrom([]string{"POST", "POST", "POST", "PUT", "PATCH", "TITLE", "TITLE", "DELETE"}).Draw(rt, "method"), rapid.IntRange(0, 2).Draw(rt, "user"), name.Draw(rt, "name")}
	}), 1, 24).Draw(rt, "steps")
	var operations, want []string
	for n, st := range steps {
		method, path, body := st.request(paths[1])
		want = append(want, strconv.Itoa(single.do(method, path, body).status))
		method, path, body = st.request(paths[0])
		if body == "" {
			body = "null"
		}
		operations = append(operations, fmt.Sprintf(`{"method":%q,"path":%q,"bulkId":"%d","data":%s}`, method, path, n, body))
	}
	if diff := cmp.Diff(strings.Join(want, " "), together.must(200, "POST", "/Bulk", bulk("", operations...)).statuses()); diff != "" {
		rt.Errorf("statuses of %v (-one by one +bulk):\n%s", steps, diff)
	}
	if diff := cmp.Diff(usersByName(single), usersByName(together)); diff != "" {
		rt.Errorf("users after %v (-one by one +bulk):\n%s", steps, diff)
	}
}

// step is an operation that changes or deletes one of three users, or creates a
// user.
type step struct {
	method string
	user   int
	name   string
}

func (st step) request(paths []string) (method, path, body string) {
	switch st.method {
	case "POST":
		return "POST", "/Users", `{"userName":"` + st.name + `","title":"` + fmt.Sprint(st.user) + `"}`
	case "PUT":
		return "PUT", paths[st.user], `{"userName":"` + st.name + `"}`
	case "PATCH":
		return "PATCH", paths[st.user], `{"Operations":[{"op":"replace","value":{"userName":"` + st.name + `"}}]}`
	case "TITLE":
		return "PATCH", paths[st.user], `{"Operations":[{"op":"replace","path":"title","value":"` + st.name + `"}]}`
	}
	return "DELETE", paths[st.user], ""
}

// usersByName returns a map from the userName of each user to the title and version
// of the user.
func usersByName(s *service) map[string]string {
	s.t.Helper()
	all := map[string]string{}
	resources, _ := s.must(200, "GET", "/Users?count=1000", "").at("Resources").([]any)
	for _, r := range resources {
		one := answer{body: r}
		all[fmt.Sprint(one.at("userName"))] = fmt.Sprint(one.at("title"), one.at("meta", "version"))
	}
	return all
}

func FuzzBulk(f *testing.F) {
	user := post("/Users", "u", `{"userName":"a"}`)
	for _, seed := range []string{
		bulk("", user, post("/Groups", "g", `{"displayName":"G","members":[{"value":"bulkId:u"}]}`)),
		bulk(`"failOnErrors":1,`, `1`, user), bulk("", user, user), bulk("", post("/Users", "u", `{"userName":"bulkId:u"}`)),
		bulk("", user, `{"method":"PATCH","path":"/Users/bulkId:u?attributes=id","data":{"Operations":[{"op":"add","path":"title","value":"x"}]}}`, `{"method":"DELETE","path":"/Users/bulkId:u","version":"W/\"1\""}`),
		`{}`, `{"Operations":[{}]}`, `{"Operations":[{"method":"PUT","path":"/Groups/bulkId:","data":{}}]}`, `{"Operations":[],"OPERATIONS":[]}`, ``, `{"Operations":[[["bulkId:"]]]}`,
	} {
		f.Add(seed)
	}
	h := newHandler(f, scimhttp.Config{})
	f.Fuzz(func(t *testing.T, body string) {
		status, answered := try(t, h, httptest.NewRequest(http.MethodPost, "/Bulk", strings.NewReader(body)))
		if status != http.StatusOK {
			return
		}
		operations, _ := answered["Operations"].([]any)
		for _, op := range operations {
			a := answer{body: op}
			code, err := strconv.Atoi(fmt.Sprint(a.at("status")))
			if err != nil || code < 200 || code >= 500 || (code >= 300) != (a.at("response") != nil) {
				t.Errorf("%s: got %v", body, op)
			}
		}
	})
}
