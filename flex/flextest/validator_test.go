package flextest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/flex/flextest"
)

const (
	ws     = "/v1/Workspaces/WS00000000000000000000000000000000"
	worker = ws + "/Workers/WK00000000000000000000000000000000"
	users  = "/v4/Instances/GO00000000000000000000000000000000/Users"
	broken = `{"code":20001,"message":"m","more_info":"u","status":400}`
)

// TestValidator checks which violation each request and its response cause. The
// field want is a part of the violation's text, or "" if there is no violation.
func TestValidator(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../../../shared/twilio-oai"); err != nil {
		if strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "shared") {
			t.Fatal(err)
		}
		t.Skip("TWILIO'S OPENAPI DOCUMENTS ARE MISSING: the validator has nothing to check with")
	}
	for name, test := range map[string]struct {
		method, path, body string
		status             int
		response, want     string
	}{
		"valid":                    {"GET", worker + "/Channels?PageSize=1", "", 200, `{"channels":[],"meta":{}}`, ""},
		"unknown path":             {"GET", "/v1/Nothing", "", 404, broken, "find operation"},
		"unknown query":            {"GET", worker + "?A=1", "", 200, `{}`, "unknown query parameter A"},
		"unknown form":             {"POST", worker, "Roles=x", 200, `{}`, "unknown form parameter Roles"},
		"page size as text":        {"GET", ws + "/Workers?PageSize=x", "", 400, broken, "PageSize"},
		"SID without hexadecimal":  {"GET", ws + "/Workers/WKx", "", 404, strings.ReplaceAll(broken, "400", "404"), "request"},
		"no required form":         {"POST", ws + "/Workers", "", 400, broken, "request"},
		"name of 65 characters":    {"POST", worker, "FriendlyName=" + strings.Repeat("x", 65), 400, broken, "65 characters"},
		"attributes an array":      {"POST", worker, "Attributes=[]", 400, broken, "not a JSON object"},
		"response of another type": {"GET", worker, "", 200, `{"sid":7}`, "response"},
		"response with a bad date": {"GET", worker, "", 200, `{"date_created":"Mon, 02 Jan 2006 15:04:05 +0000"}`, "response"},
		"200 instead of 201":       {"POST", ws + "/Workers", "FriendlyName=x", 200, `{}`, "response"},
		"response without a sid":   {"GET", worker, "", 200, `{}`, "lacks sid"},
		"record without a sid":     {"GET", worker + "/Channels", "", 200, `{"channels":[{}],"meta":{}}`, "lacks sid"},
		"error without code":       {"GET", worker, "", 404, `{"message":"m"}`, "error body"},
		"error of another status":  {"GET", worker, "", 404, broken, "error body"},
		"Provision without email":  {"POST", users + "/Provision", `{"username":"u"}`, 400, broken, "lacks email"},
		"user without a SID":       {"GET", users + "/FU1", "", 200, `{"worker":null}`, "lacks flex_user_sid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := flextest.NewValidator(t)
			h := v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.response))
			}))
			r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
			if test.body != "" {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			got := strings.Join(v.Violations(), "\n")
			if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("violations: got %q, want %q", got, test.want)
			}
		})
	}
}
