package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/config"
)

// hostile is a name with control characters. If it is printed to a terminal without
// quoting, it writes to the clipboard (OSC 52), clears the screen, starts a new
// line, adds a column to a table and reverses the text after it.
const hostile = "e\x1b]52;c;aGk=\x07\x1b[2J\u009b31m\nFORGED\r\tFORGED\u202e\u2066\u200b\U000e0041\u007f@x.org"

// harmless reports whether all characters of text are printable and no line begins
// with the word "FORGED" from the hostile name.
func harmless(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }) || strings.HasPrefix(strings.TrimSpace(line), "FORGED") {
			return false
		}
	}
	return true
}

// hostileSite is a running sandbox whose users and Workers have hostile names.
type hostileSite struct {
	*testing.T
	database, flexURL string
	rules             string // path of the rules file that the command plan reads
}

func newHostileSite(t *testing.T) *hostileSite {
	t.Helper()
	s := &hostileSite{T: t, database: sqliteURL(t), flexURL: startSimulator(t), rules: filepath.Join(t.TempDir(), "mapping.yaml")}
	const rules = "mapping:\n  roles:\n    - default: [supervisor]\n  attributes:\n    team: user.displayName\n"
	if err := os.WriteFile(s.rules, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, s.database, s.flexURL)
	v.start()
	t.Cleanup(func() {
		if v.cmd != nil {
			v.terminate()
		}
	})
	var flex struct {
		Workspace string `json:"taskrouter_workspace_sid"`
	}
	if err := getJSON(s.flexURL+"/v1/Configuration", &flex); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{hostile + "2", hostile + "foreign"} {
		s.call(s.flexURL+"/v1/Workspaces/"+flex.Workspace+"/Workers", "application/x-www-form-urlencoded", url.Values{"FriendlyName": {name}}.Encode())
	}
	for _, name := range []string{hostile, hostile + "2", hostile + "leaver"} {
		person, err := json.Marshal(map[string]any{"userName": name, "displayName": hostile, "roles": []any{map[string]any{"value": hostile}},
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": map[string]any{"department": hostile}})
		if err != nil {
			t.Fatal(err)
		}
		address := s.call("http://"+v.address+"/scim/v2/Users", "application/scim+json", string(person))
		if name == hostile+"leaver" {
			s.run("sync", name)
			s.send(http.MethodDelete, address, "application/scim+json", "", http.StatusNoContent)
		}
	}
	return s
}

// call creates a resource by a POST, and returns the resource's address.
func (s *hostileSite) call(address, kind, body string) string {
	s.Helper()
	return s.send(http.MethodPost, address, kind, body, http.StatusCreated)
}

// send sends a request, checks the status, and returns the header Location.
func (s *hostileSite) send(method, address, kind, body string, status int) string {
	s.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.SetBasicAuth(sandboxAccount, "simulated")
	if kind == "application/scim+json" {
		req.Header.Set("Authorization", "Bearer "+killToken)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != status {
		s.Fatalf("%s %s: got %s, want %d", method, address, res.Status, status)
	}
	return res.Header.Get("Location")
}

// run runs a command and returns everything that it printed.
func (s *hostileSite) run(args ...string) string {
	s.Helper()
	var out bytes.Buffer
	if args[0] == "plan" { // plan uses the rules of the running server unless a flag replaces them
		args = append(args, "--mapping-file", s.rules)
	}
	c := command(args...)
	c.Stdout, c.Stderr = &out, &out
	c.Env = append(c.Env, "FLEXSCIM_DATABASE_URL="+s.database, "FLEXSCIM_FLEX_BASE_URL="+s.flexURL, "FLEXSCIM_LOG_FORMAT=console",
		"TWILIO_ACCOUNT_SID="+sandboxAccount, "TWILIO_AUTH_TOKEN=simulated")
	_ = c.Run() // some must fail
	return out.String()
}

// hostileRows has, for each command, the arguments with which TestHostileNames runs
// it.
var hostileRows = map[string][][]string{
	"flexscim token list":        {{}, {"--json"}, {"--connection", hostile}},
	"flexscim token create":      {{"--connection", hostile}, {"--connection", "sandbox", "--person", hostile}, {"--connection", "sandbox", "--person", hostile, "--json"}, {"--connection", "sandbox", "--person", hostile}},
	"flexscim token revoke":      {{hostile}},
	"flexscim connection list":   {{}, {"--json"}},
	"flexscim connection change": {{"sandbox", "--entitlements"}, {hostile, "--entitlements"}, {"sandbox", "--kind", hostile}, {"sandbox", "--allowed-domains", hostile}},
	"flexscim audit list":        {{}, {"--json"}, {hostile}},
	"flexscim audit verify":      {{}, {"--json"}},
	"flexscim status":            {{}, {"--json"}},
	"flexscim people list":       {{}, {"--json"}, {"--state", hostile}, {"--connection", hostile}},
	"flexscim people show":       {{hostile}, {hostile, "--json"}, {hostile + "3"}},
	"flexscim leavers list":      {{}, {"--json"}, {"--csv"}, {"--since", hostile}},
	"flexscim foreign list":      {{}, {"--json"}},
	"flexscim plan":              {{"--all"}, {"--all", "--json"}, {hostile}, {hostile, "--json"}, {hostile + "3"}},
	"flexscim sync":              {{hostile + "2"}, {"--all"}, {hostile + "3"}},
	"flexscim doctor":            {{}, {"--json"}, {"--mapping-file", hostile}, {"--log-level", hostile}},
	"flexscim migrate":           {{"--dry-run"}, {"--database-url", "sqlite:/dev/null/" + hostile}},
	"flexscim backup":            {{"/dev/null/" + hostile}},
	"flexscim restore":           {{"/dev/null/" + hostile}, {hostile, "--confirm"}},
	"flexscim move":              {{"--to", hostile}, {"--to", "postgres://" + hostile}},
	"flexscim serve":             {{"--listen", hostile}},
	"flexscim sandbox":           {{"--data", "/dev/null/" + hostile}, {"--flex-listen", hostile}},
	"flexscim simulator":         {{"--listen", hostile}},
	"flexscim version":           {{}, {"--json"}},
	"flexscim config reference":  {{hostile}},
	"flexscim config mapping":    {{hostile}},
}

// TestHostileNames checks that no command prints a hostile name unquoted, so that a
// name cannot start a new line or add a column to a table. It fails if a command
// has no row in hostileRows.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := newHostileSite(t)
	rows := hostileRows
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if c.HasSubCommands() || strings.HasPrefix(c.CommandPath(), "flexscim completion") || c.Name() == "help" {
			return
		}
		path := c.CommandPath()
		if len(rows[path]) == 0 {
			t.Errorf("%s has no row", path)
		}
		for _, args := range rows[path] {
			if got := s.run(append(strings.Fields(path)[1:], args...)...); !harmless(got) || got == "" {
				t.Errorf("%s %q printed\n%q", path, args, got)
			}
		}
	}
	walk(newRoot())
	for _, args := range []string{"token list", "token list --json", "people list", "people list --json", "foreign list", "leavers list --csv", "plan --all", "plan --all --json"} {
		if got := s.run(strings.Fields(args)...); !strings.Contains(got, "FORGED") {
			t.Errorf("%s: got\n%s\nwithout the name, so the rows above show nothing", args, got)
		}
	}
}

// TestHostileLog checks that the log contains no hostile name unquoted.
func TestHostileLog(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"console", "json"} {
		var out bytes.Buffer
		log := logTo(&out, config.Log{Format: format}, zap.NewAtomicLevel())
		log.Info("a person named "+hostile, zap.String("name", hostile), zap.Strings("all", []string{hostile}))
		log.Named(hostile).Error("\xff", zap.Error(usage("%s", hostile)), zap.Time("at", time.Time{}))
		got := out.String()
		if format == "console" {
			got = strings.ReplaceAll(got, "\t", " ") // between columns
		}
		if !harmless(got) || strings.Count(got, "\n") != 2 || !strings.Contains(got, "FORGED") {
			t.Errorf("%s: got\n%q", format, got)
		}
		for line := range strings.Lines(got) {
			if format == "json" && !json.Valid([]byte(line)) {
				t.Errorf("got %q, want JSON", line)
			}
		}
	}
}

// TestOnePrinter checks that commands print only through the package terminal. The
// file print.go is an exception, because it prints no names itself.
func TestOnePrinter(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if name == "print.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, _ := s.X.(*ast.Ident)
			if pkg != nil && (pkg.Name == "fmt" && (strings.HasPrefix(s.Sel.Name, "Print") || strings.HasPrefix(s.Sel.Name, "Fprint")) ||
				pkg.Name == "json" && s.Sel.Name == "NewEncoder" || pkg.Name == "io" && s.Sel.Name == "WriteString") {
				t.Errorf("%s uses %s.%s: use printf or printJSON", name, pkg.Name, s.Sel.Name)
			}
			return true
		})
	}
}
