package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// suitesFolder is the path of the folder with third-party test suites and the
// scripts that run them.
const suitesFolder = "../../../shared/suites"

// foreignSuite is a third-party suite. The function run runs the suite and returns
// its checks. If it returns fewer than minChecks checks, the test fails, because a
// suite without checks would prove nothing.
type foreignSuite struct {
	name      string
	minChecks int
	run       func(s *suiteRun) []check
}

var foreignSuites = []foreignSuite{
	{"Okta SPEC", 53, func(s *suiteRun) []check {
		s.fullUser()
		return s.runscope("Okta-SCIM-20-SPEC-Test.json")
	}},
	{"Okta CRUD, PUT", 21, func(s *suiteRun) []check { return s.crud("put") }},
	{"Okta CRUD, PATCH", 21, func(s *suiteRun) []check { return s.crud("patch") }},
	{"Microsoft Postman", 107, (*suiteRun).postman},
	{"transcripts", 78, (*suiteRun).transcripts},
}

// contradictions has the checks that flexscim fails deliberately.
// docs/reference/conformance.md gives the reason for each, with the section of the
// RFC.
var contradictions = map[string]bool{ // :: suite: request: check
	"Microsoft Postman: Patch user omalley new username: Status code is 204":        true,
	"Microsoft Postman: patch user omalley active with boolean: Status code is 204": true,
	"Microsoft Postman: Get group by id: Body contians user":                        true,
}

// check is one assertion of a suite.
type check struct {
	name string // request: assertion
	fail string // the failure, or "" if the check passed
}

// TestSuites runs third-party suites against the real program and checks that
// exactly the checks in the map contradictions fail. For each suite it prints a
// line with the suite, the engine, the number of passed checks and the number of
// all checks.
func TestSuites(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(suitesFolder); err != nil {
		lacking(t, "shared", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		lacking(t, "node", err)
	}
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			for _, suite := range foreignSuites {
				t.Run(suite.name, func(t *testing.T) { runSuite(t, suite, node, engine) })
			}
		})
	}
}

// TestContradictions checks that conformance.md explains each check in the map
// contradictions.
func TestContradictions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/reference/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range contradictions {
		parts := strings.Split(name, ": ")
		if shown := "| `" + parts[1] + "`: `" + parts[2] + "` |"; !strings.Contains(string(text), shown) {
			t.Errorf("docs/reference/conformance.md does not explain %s", shown)
		}
	}
}

// lacking skips a test because a tool or folder that the test needs is missing. If
// the environment variable FLEXSCIM_REQUIRE contains the name of this tool or
// folder, lacking fails the test instead.
func lacking(t *testing.T, what string, err error) {
	t.Helper()
	if strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), what) {
		t.Fatal(err)
	}
	t.Skipf("SKIPPED, THE SUITES OF OTHERS ARE NOT RUN: %v", err)
}

// runSuite runs one suite against a sandbox with an empty database.
func runSuite(t *testing.T, suite foreignSuite, node string, engine store.Engine) {
	t.Helper()
	v := newVictim(t, storetest.EmptyURL(t, engine), startSimulator(t))
	v.start()
	checks := suite.run(&suiteRun{T: t, node: node, address: v.address, report: filepath.Join(t.TempDir(), "report.json")})
	passed := 0
	for _, c := range checks {
		name := suite.name + ": " + c.name
		switch {
		case c.fail == "" && contradictions[name]:
			t.Errorf("%s passes now; remove it from contradictions and from docs/reference/conformance.md", name)
		case c.fail != "" && !contradictions[name]:
			t.Errorf("%s: %s", name, c.fail)
		}
		if c.fail == "" {
			passed++
		}
	}
	if len(checks) < suite.minChecks {
		t.Errorf("%s has %d checks, want at least %d", suite.name, len(checks), suite.minChecks)
	}
	t.Logf("suite: %s, %s, %d/%d", suite.name, engine, passed, len(checks))
}

// suiteRun is one run of a suite against one sandbox.
type suiteRun struct {
	*testing.T

	node    string
	newman  string // for Microsoft's collection
	address string // of SCIM
	report  string // path of the report, which the runner writes
}

func (s *suiteRun) base() string { return "http://" + s.address + "/scim/v2" }

// runner runs a program that executes a suite and writes a report. Then runner
// decodes the report. It ignores the exit code, because the report also contains the
// failed checks.
func (s *suiteRun) runner(report any, name string, args ...string) {
	s.Helper()
	c := exec.CommandContext(s.Context(), name, args...)
	c.Env = append(os.Environ(), "TMPDIR="+s.TempDir(), "NEWMAN="+s.newman)
	out, err := c.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		s.Fatal(err)
	}
	text, err := os.ReadFile(s.report)
	if errors.Is(err, fs.ErrNotExist) {
		s.Fatalf("%s wrote no report, after\n%s", name, out)
	}
	if err == nil {
		err = json.Unmarshal(text, report)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// fullUser creates a user with all attributes that Okta's suite expects in a
// response.
func (s *suiteRun) fullUser() {
	s.Helper()
	if _, err := newLoad(s.base()).create("full.user@example.com"); err != nil {
		s.Fatal(err)
	}
}

// runscope runs one of Okta's suites. These suites are files in the format of the
// tool Runscope.
func (s *suiteRun) runscope(file string, vars ...string) []check {
	s.Helper()
	args := []string{filepath.Join(suitesFolder, "runners", "runscope.mjs"), filepath.Join(suitesFolder, "okta", file),
		"--base", s.base(), "--auth", "Bearer " + killToken, "--json", s.report}
	for _, v := range vars {
		args = append(args, "--var", v)
	}
	var report struct {
		Steps []struct {
			Step    string
			Results []struct {
				Name, Info string
				OK         bool
			}
		}
	}
	s.runner(&report, s.node, args...)
	var checks []check
	for _, step := range report.Steps {
		for _, r := range step.Results {
			c := check{name: step.Step + ": " + r.Name}
			if !r.OK {
				c.fail = "failed, " + r.Info
			}
			checks = append(checks, c)
		}
	}
	return checks
}

// crud runs Okta's CRUD suite. The suite controls a simulated Okta org, which
// pushes users to flexscim. The parameter style says whether this org sends PUT or
// PATCH.
func (s *suiteRun) crud(style string) []check {
	s.Helper()
	port := s.startOkta(style)
	return s.runscope("Okta-SCIM-20-CRUD-Test.json", "oktaOrgUrl=http://127.0.0.1:"+port, "oktaAppId=a", "oktaToken=x")
}

// startOkta runs a simulated Okta org on a free port until the end of the test.
func (s *suiteRun) startOkta(style string) (port string) {
	s.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	c := exec.Command(s.node, filepath.Join(suitesFolder, "runners", "fake-okta.mjs"), port, s.base(), "Bearer "+killToken, style)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // printed when it listens
		s.Fatalf("the Okta org did not start: %v", err)
	}
	return port
}

// postman runs Microsoft's Postman collection with the program newman. The
// environment variable FLEXSCIM_NEWMAN can set the path of newman.
func (s *suiteRun) postman() []check {
	s.Helper()
	var err error
	if s.newman, err = exec.LookPath(cmp.Or(os.Getenv("FLEXSCIM_NEWMAN"), "newman")); err != nil {
		lacking(s.T, "newman", err)
	}
	var report struct {
		Run struct {
			Executions []struct {
				Item       struct{ Name string }
				Assertions []struct {
					Assertion string
					Error     *struct{ Message string }
				}
			}
		}
	}
	host, port, _ := net.SplitHostPort(s.address)
	s.runner(&report, filepath.Join(suitesFolder, "runners", "run-ms-postman.sh"), host, port, "scim/v2", killToken,
		"--reporters", "json", "--reporter-json-export", s.report)
	var checks []check
	seen := map[string]int{} // :: name → number of checks of this name; the collection repeats requests
	for _, x := range report.Run.Executions {
		for _, a := range x.Assertions {
			c := check{name: x.Item.Name + ": " + a.Assertion}
			if seen[c.name]++; seen[c.name] > 1 {
				c.name += fmt.Sprintf(" (%d)", seen[c.name])
			}
			if a.Error != nil {
				c.fail = a.Error.Message
			}
			checks = append(checks, c)
		}
	}
	return checks
}

// transcripts sends recorded requests of Okta and Entra and checks the responses.
func (s *suiteRun) transcripts() []check {
	s.Helper()
	var report struct {
		Pass  int
		Fails []struct {
			N              int
			Scenario, Step string
			Bad            []string
		}
	}
	s.runner(&report, s.node, filepath.Join(suitesFolder, "runners", "replay.mjs"), filepath.Join(suitesFolder, "idp-transcripts.jsonl"),
		"--base", s.base(), "--auth", "Bearer "+killToken, "--json", s.report)
	checks := slices.Repeat([]check{{}}, report.Pass)
	for _, f := range report.Fails {
		checks = append(checks, check{name: fmt.Sprintf("%d %s: %s", f.N, f.Scenario, f.Step), fail: strings.Join(f.Bad, "; ")})
	}
	return checks
}
