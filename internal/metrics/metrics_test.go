package metrics_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/metrics"
)

var update = flag.Bool("update", false, "write the reference")

// scrape sets every metric and returns the response of /metrics.
func scrape(t *testing.T) string {
	t.Helper()
	m := metrics.New("v1")
	m.Request("GET", "Users", 200, time.Millisecond)
	m.Request("ann@example.com", "ann@example.com", 405, time.Millisecond)
	m.Refused("expired")
	m.Queue(1, 7, time.Minute)
	m.Call("update worker", "slow", time.Second)
	m.Call("update worker", "ok", time.Second)
	m.InFlight(3)
	m.People(map[string]int64{"parked": 1})
	m.People(map[string]int64{"settled": 3})
	m.Leavers(map[string]int64{"draining": 2})
	m.Settled(time.Second)
	m.Unsealed(5)
	m.Dropped("Users", 2)
	m.LeftOut("Users", 3)
	m.MissedGroups(map[string]int64{"entra": 4})
	m.MissedGroups(map[string]int64{"okta": 1})
	m.TokensExpire(map[string]int64{"entra": 4})
	m.TokensExpire(map[string]int64{"okta": 30})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestScrape(t *testing.T) {
	t.Parallel()
	got := scrape(t)
	for _, want := range []string{
		`flexscim_http_requests_total{method="GET",resource="Users",status="200"} 1`,
		`flexscim_http_requests_total{method="other",resource="other",status="405"} 1`,
		`flexscim_auth_refused_total{reason="expired"} 1`,
		`flexscim_queue_depth{priority="1"} 7`,
		`flexscim_queue_oldest_age_seconds{priority="1"} 60`,
		`flexscim_twilio_calls_total{operation="update worker",outcome="slow"} 1`,
		`flexscim_twilio_calls_in_flight 3`,
		`flexscim_twilio_throttled_total 1`,
		`flexscim_persons{state="settled"} 3`,
		`flexscim_leavers{state="draining"} 2`,
		`flexscim_commit_to_flex_seconds_count 1`,
		`flexscim_audit_unsealed 5`,
		`flexscim_dropped_attributes_total{resource="Users"} 2`,
		`flexscim_left_out_total{resource="Users"} 3`,
		`flexscim_missed_groups{connection="okta"} 1`,
		`flexscim_token_expires_days{connection="okta"} 30`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("/metrics has no line %s", want)
		}
	}
	for _, never := range []string{"ann@example.com", `state="parked"`, `connection="entra"`} {
		if strings.Contains(got, never) {
			t.Errorf("/metrics says %s", never)
		}
	}
}

// TestReference checks that docs/reference/metrics.md lists exactly the metrics
// that /metrics returns.
func TestReference(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "reference", "metrics.md")
	if *update {
		if err := os.WriteFile(path, metrics.Reference(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(metrics.Reference()), string(have)); diff != "" {
		t.Errorf("docs/reference/metrics.md is stale (-want +got): go test ./internal/metrics -update\n%s", diff)
	}
	exported, documented := map[string]string{}, map[string]string{} // :: name → type
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (flexscim_\w+) (\w+)$`).FindAllStringSubmatch(scrape(t), -1) {
		exported[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(flexscim_\\w+)` \\| (\\w+) ").FindAllStringSubmatch(string(have), -1) {
		documented[m[1]] = m[2]
	}
	if diff := cmp.Diff(documented, exported); diff != "" {
		t.Errorf("documented against exported (-documented +exported):\n%s", diff)
	}
}
