package repotest_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// lessons lists published mistakes of other SCIM servers, each with the tests
// (package and name) that prevent it here.
var lessons = []struct {
	name  string
	where string // the server or CVE
	tests []string
}{
	{"externalId as id", "CVE-2025-41115", []string{"cmd/flexscim TestExternalIDIsNoID"}},
	{"encoded path that bypasses authentication", "CVE-2026-32130", []string{"internal/web/scimdoor TestNoWayAround"}},
	{"endpoint without authorization for some method", "CVE-2025-4210", []string{"internal/web/scimdoor TestNoWayAround", "internal/web/scimdoor TestMetrics"}},
	{"nested filter", "CVE-2026-46689", []string{"cmd/flexscim TestNestedFilter", "cmd/flexscim TestLimits", "scim/scimhttp FuzzFilter", "internal/store TestLongestFilter"}},
	{"empty token", "ToolJet #16217", []string{"internal/auth TestHeader", "internal/config TestServe"}},
	{"token that can be guessed, or is stored in plain text", "Passbolt, Bytebase #21109", []string{"internal/auth TestNewToken", "internal/store TestTokens", "internal/config TestServe"}},
	{"token or secret in a log", "AWS Connect sample, rainway #162", []string{"internal/secret TestStringIsNeverPrinted", "internal/web/scimdoor TestAccessLog", "internal/config TestNoSecretIsShown"}},
	{"stored password", "langfuse #16027", []string{"cmd/flexscim TestPasswordIsNowhere", "scim/scimhttp TestPasswordIsNeverSeen"}},
	{"e-mail change on first contact", "ciso-assistant #4658", []string{"cmd/flexscim TestEmailOnFirstContact", "internal/reconcile TestForeign"}},
	{"member removal that empties a group", "langwatch #7136, authentik #25686, SCIM-SDK #757", []string{"cmd/flexscim TestMemberRemovalEmptiesNothing", "scim TestApplyMembers"}},
	{"stale read-modify-write", "Fleet #50724", []string{"internal/directory TestWritersOfOneGroup", "internal/directory TestWritersOfOneUser", "internal/directory TestCompareAndSet"}},
	{"TOCTOU duplicate users", "Passbolt, Cure53", []string{"internal/directory TestWritersOfOneName", "internal/store TestUserNameRace"}},
	{"access to another connection's people", "Atlas #175", []string{"internal/web/scimdoor TestOtherConnection", "internal/directory TestAnotherConnectionSeesNothing", "cmd/flexscim TestBulkIsNoWayAround"}},
	{"role that the IdP grants itself", "Atlas #175", []string{"internal/mapping TestNeverAdmin"}},
	{"filter in logs", "Keycloak #52684", []string{"cmd/flexscim TestErrorsTellNothing", "internal/web/scimdoor TestRefusal"}},
	{"error texts that echo a secret or a document", "Passbolt", []string{"cmd/flexscim TestErrorsTellNothing", "cmd/flexscim FuzzRequest", "scim/scimhttp TestDirectoryUnavailable", "internal/web/scimdoor TestPanic"}},
	{"200 on failure", "AWS Connect sample", []string{"scim/scimhttp TestDirectoryUnavailable", "internal/web/scimdoor TestDatabaseUnavailable"}},
	{"Bulk that bypasses authorization or limits", "Doyensec", []string{"cmd/flexscim TestBulkIsNoWayAround"}},
	{"removal of users that it did not create", "ssosync #88", []string{"internal/plan TestForeignIsNeverWritten", "internal/reconcile TestForeign"}},
	{"request that costs too much", "kanidm, Databricks", []string{"cmd/flexscim TestLimits", "internal/web/scimdoor TestRate", "cmd/flexscim TestSlowClients"}},
}

// TestLessons checks that each lesson names tests that exist.
func TestLessons(t *testing.T) {
	t.Parallel()
	var tests []string
	for _, f := range goFiles(t) {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && f.test && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				tests = append(tests, f.pkg+" "+fn.Name.Name)
			}
		}
	}
	for _, l := range lessons {
		if len(l.tests) == 0 {
			t.Errorf("%s (%s) has no test", l.name, l.where)
		}
		for _, name := range l.tests {
			if !slices.Contains(tests, name) {
				t.Errorf("%s (%s): %s does not exist", l.name, l.where, name)
			}
		}
	}
}
