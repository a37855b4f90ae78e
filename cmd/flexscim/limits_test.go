package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/config"
)

// newTestSite returns a site with these settings and the token killToken. The site
// does not listen on any address.
func newTestSite(tb testing.TB, log *zap.Logger, settings ...string) *site {
	tb.Helper()
	o := sandbox{data: tb.TempDir(), flexURL: "http://127.0.0.1:1", ownDatabase: true, quiet: true, fixedToken: killToken}
	cfg, err := config.Load(pflag.NewFlagSet("test", pflag.ContinueOnError),
		append([]string{"FLEXSCIM_DATABASE_URL=sqlite:" + filepath.Join(tb.TempDir(), "limits.db")}, settings...))
	if err != nil {
		tb.Fatal(err)
	}
	if cfg, err = o.configure(cfg); err != nil {
		tb.Fatal(err)
	}
	a, err := openApp(tb.Context(), cfg, log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.close)
	s, err := newSite(a)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := o.token(tb.Context(), s); err != nil {
		tb.Fatal(err)
	}
	return s
}

// scimRequest returns a request with the site's token.
func scimRequest(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, "/scim/v2"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+killToken)
	return r
}

// answerTo sends a request to the handler and returns the status and the JSON body
// of the response.
func answerTo(h http.Handler, r *http.Request) (status int, body map[string]any) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	_ = json.Unmarshal(w.Body.Bytes(), &body) // nil without a body
	return w.Code, body
}

// repeat formats each number from 0 to n-1, and joins the results with commas.
func repeat(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(all, ",")
}

// padded returns the document of a new user, padded to n bytes.
func padded(n int) string {
	const document = `{"userName":"padded-%08d"%s}`
	return fmt.Sprintf(document, n, strings.Repeat(" ", n-len(fmt.Sprintf(document, n, ""))))
}

// limitRow describes a test of one limit on requests. The function build returns a
// request whose size is n, in the unit of the limit. The fields status and scimType
// are those of the response to a request above the limit.
type limitRow struct {
	setting  string
	n        int
	build    func(n int) *http.Request
	status   int
	scimType string
}

// limitRows returns the rows for all limits. Some of their requests change the
// given user or group.
func limitRows(user, group string) []limitRow {
	patch := func(path, operations string) *http.Request {
		return scimRequest("PATCH", path, `{"Operations":[`+operations+`]}`)
	}
	find := func(filter string) *http.Request {
		return scimRequest("GET", "/Users?filter="+url.QueryEscape(filter), "")
	}
	members := func(n int) string { return "[" + repeat(n, `{"value":"member-%d"}`) + "]" }
	return []limitRow{
		{"limits.body", 16 << 10, func(n int) *http.Request { return scimRequest("POST", "/Users", padded(n)) }, 413, ""},
		{"limits.body", 16 << 10, func(n int) *http.Request { // sent in chunks, without a Content-Length
			r := scimRequest("POST", "/Users", strings.Replace(padded(n), "padded", "chunks", 1))
			r.ContentLength = -1
			return r
		}, 413, ""},
		{"limits.body", 16 << 10, packed, 413, ""},
		{"limits.headers", 4 << 10, func(n int) *http.Request {
			r := scimRequest("GET", "/Users?count=0", "")
			r.Header.Set("X-Padding", "")
			head, _ := httputil.DumpRequest(r, false) // cannot fail without a body
			r.Header.Set("X-Padding", strings.Repeat("x", n-len(head)+len("\r\n")))
			return r
		}, 431, ""},
		{"limits.depth", 12, func(n int) *http.Request {
			deep := strings.Repeat("[", n-1) + strings.Repeat("]", n-1)
			return scimRequest("POST", "/Users", fmt.Sprintf(`{"userName":"deep-%d","unknown":%s}`, n, deep))
		}, 400, "invalidSyntax"},
		{"limits.values", 20, func(n int) *http.Request {
			return scimRequest("POST", "/Users", fmt.Sprintf(`{"userName":"values-%d","emails":[%s]}`, n, repeat(n, `{"value":"mail-%d"}`)))
		}, 400, "invalidValue"},
		{"limits.values", 20, func(n int) *http.Request { // in one operation each
			return patch(user, repeat(n, `{"op":"add","path":"emails","value":{"value":"mail-%d"}}`))
		}, 400, "invalidValue"},
		{"limits.members", 100, func(n int) *http.Request {
			return scimRequest("POST", "/Groups", fmt.Sprintf(`{"displayName":"members-%d","members":%s}`, n, members(n)))
		}, 413, ""},
		{"limits.members", 100, func(n int) *http.Request { // members in two operations, one of them without a path
			return patch(group, `{"op":"add","value":{"members":`+members(n-50)+`}},{"op":"remove","path":"members","value":`+members(50)+`}`)
		}, 413, ""},
		{"limits.patch_operations", 50, func(n int) *http.Request {
			return patch(user, repeat(n, `{"op":"replace","path":"title","value":"title-%d"}`))
		}, 413, ""},
		{"limits.bulk_operations", 3, func(n int) *http.Request {
			return scimRequest("POST", "/Bulk", `{"Operations":[`+repeat(n, `{"method":"DELETE","path":"/Users/nobody-%d"}`)+`]}`)
		}, 413, ""},
		{"limits.filter_length", 512, func(n int) *http.Request {
			return find(`userName eq "` + strings.Repeat("x", n-len(`userName eq ""`)) + `"`)
		}, 400, "invalidFilter"},
		{"limits.filter_length", 512, func(n int) *http.Request { // a path of an unknown schema is ignored
			return patch(user, `{"op":"add","path":"urn:x:`+strings.Repeat("x", n-len("urn:x:"))+`","value":"x"}`)
		}, 400, "invalidPath"},
		{"limits.filter_terms", 4, func(n int) *http.Request {
			return find(strings.TrimSuffix(strings.Repeat(`title pr and `, n), " and "))
		}, 400, "invalidFilter"},
		{"limits.filter_depth", 4, func(n int) *http.Request {
			return find(strings.Repeat("(", n) + "title pr" + strings.Repeat(")", n))
		}, 400, "invalidFilter"},
	}
}

// packed returns a POST whose body is compressed with gzip and has n bytes after
// decompression.
func packed(n int) *http.Request {
	var short bytes.Buffer
	w := gzip.NewWriter(&short)
	_, _ = w.Write([]byte(strings.Replace(padded(n), "padded", "packed", 1))) // a buffer never fails
	_ = w.Close()
	r := scimRequest("POST", "/Users", short.String())
	r.Header.Set("Content-Encoding", "gzip")
	return r
}

// TestLimits checks that a request at a limit is accepted, and that the response to
// a request above the limit is a 4xx that names the setting. Two limits have other
// tests: TestRate of internal/web/scimdoor checks limits.rate, and TestSlowBody of
// scimhttp checks the time for a request body.
func TestLimits(t *testing.T) {
	t.Parallel()
	h := newTestSite(t, zap.NewNop(), "FLEXSCIM_LIMITS_BODY=16KiB", "FLEXSCIM_LIMITS_HEADERS=4KiB", "FLEXSCIM_LIMITS_DEPTH=12",
		"FLEXSCIM_LIMITS_VALUES=20", "FLEXSCIM_LIMITS_MEMBERS=100", "FLEXSCIM_LIMITS_PATCH_OPERATIONS=50", "FLEXSCIM_LIMITS_BULK_OPERATIONS=3",
		"FLEXSCIM_LIMITS_FILTER_LENGTH=512", "FLEXSCIM_LIMITS_FILTER_TERMS=4", "FLEXSCIM_LIMITS_FILTER_DEPTH=4",
		"FLEXSCIM_LIMITS_PAGE=20", "FLEXSCIM_LIMITS_DEFAULT_PAGE=10", "FLEXSCIM_LIMITS_SCAN=100").handler()
	user, group := "/Users/"+madeAt(t, h, "/Users", `{"userName":"user"}`), "/Groups/"+madeAt(t, h, "/Groups", `{"displayName":"group"}`)
	for i, row := range limitRows(user, group) {
		what := fmt.Sprintf("row %d, %s", i, row.setting)
		if status, answer := answerTo(h, row.build(row.n)); status >= 300 {
			t.Errorf("%s: %d: got %d %v, want it accepted", what, row.n, status, answer)
		}
		checkOver(t, h, what, row)
	}
	checkAnnounced(t, h)
	_, everybody := answerTo(h, scimRequest("GET", "/Users?count=0", ""))
	total, _ := everybody["totalResults"].(float64)
	for i := int(total); i < 100; i++ {
		madeAt(t, h, "/Users", `{"userName":"scanned-`+strconv.Itoa(i)+`"}`)
	}
	const looked = `/Users?filter=title+co+%22x%22` // no index supports this filter
	if status, answer := answerTo(h, scimRequest("GET", looked, "")); status != http.StatusOK {
		t.Errorf("a scan of 100 users: got %d %v, want 200", status, answer)
	}
	madeAt(t, h, "/Users", `{"userName":"one too many"}`)
	checkOver(t, h, "101 users", limitRow{setting: "limits.scan", status: 400, scimType: "tooMany",
		build: func(int) *http.Request { return scimRequest("GET", looked, "") }})
	for query, want := range map[string]int{"?count=20": 20, "?count=21": 20, "": 10} { // a page may have fewer resources than count (RFC 7644 §3.4.2.4)
		if _, page := answerTo(h, scimRequest("GET", "/Users"+query, "")); page["itemsPerPage"] != float64(want) {
			t.Errorf("/Users%s: got itemsPerPage %v, want %d", query, page["itemsPerPage"], want)
		}
	}
}

// checkOver sends a request that exceeds the row's limit by one, and checks that
// the response has the expected status and names the setting.
func checkOver(t *testing.T, h http.Handler, what string, row limitRow) {
	t.Helper()
	status, answer := answerTo(h, row.build(row.n+1))
	detail, _ := answer["detail"].(string)
	scimType, _ := answer["scimType"].(string)
	if status != row.status || scimType != row.scimType || !strings.Contains(detail, "("+row.setting+")") {
		t.Errorf("%s: %d: got %d %v, want %d %s that names %s", what, row.n+1, status, answer, row.status, row.scimType, row.setting)
	}
	if strings.Count(detail, ". ") < 1 || len(detail) > 300 {
		t.Errorf("%s: got %q, want a problem and a fix", what, detail)
	}
}

// checkAnnounced checks that the ServiceProviderConfig shows the limits that
// TestLimits has set (RFC 7643 §5, RFC 9865 §4).
func checkAnnounced(t *testing.T, h http.Handler) {
	t.Helper()
	_, config := answerTo(h, scimRequest("GET", "/ServiceProviderConfig", ""))
	for _, row := range []struct {
		object, name string
		want         float64
	}{
		{"bulk", "maxOperations", 3}, {"bulk", "maxPayloadSize", 16 << 10}, {"filter", "maxResults", 20},
		{"pagination", "maxPageSize", 20}, {"pagination", "defaultPageSize", 10},
	} {
		if object, _ := config[row.object].(map[string]any); object[row.name] != row.want {
			t.Errorf("%s.%s: got %v, want %v", row.object, row.name, object[row.name], row.want)
		}
	}
}
