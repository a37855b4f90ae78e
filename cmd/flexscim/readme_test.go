package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// codeBlock matches a code block of a Markdown document. The groups of the match
// are the block's language and its text.
var codeBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// readmeTour returns three parts of README.md: the sandbox's first lines, the
// commands of the tour, and the output of these commands.
func readmeTour(t *testing.T) (banner, commands, output string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "\n## What it is for\n")
	for _, b := range codeBlock.FindAllStringSubmatch(head, -1) {
		if b[1] == "" {
			banner = b[2]
		}
	}
	_, rest, _ = strings.Cut(rest, "\n## The five-minute tour\n")
	tour, _, _ := strings.Cut(rest, "\n## ")
	for _, b := range codeBlock.FindAllStringSubmatch(tour, -1) {
		if b[1] == "sh" {
			commands += b[2]
		} else {
			output += b[2]
		}
	}
	if banner == "" || strings.Count(output, "\n") < 5 {
		t.Fatalf("README.md has no tour that the test can read: banner %q, output %q", banner, output)
	}
	return banner, commands, output
}

// matches returns true if a line of output equals a line of a document. A character
// "…" in the document's line matches any characters, because it stands for a value
// that differs each time.
func matches(documented, printed string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(documented), "…", ".*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(printed)
}

// compareShown compares the output that a document shows with the real output, line
// by line.
func compareShown(t *testing.T, shown, got string) {
	t.Helper()
	want, have := strings.Split(strings.TrimSpace(shown), "\n"), strings.Split(strings.TrimSpace(got), "\n")
	for i := range max(len(want), len(have)) {
		var w, h string
		if i < len(want) {
			w = want[i]
		}
		if i < len(have) {
			h = strings.TrimRight(have[i], " ")
		}
		if !matches(w, h) {
			t.Errorf("line %d:\nREADME.md shows %s\nthe program    %s", i+1, w, h)
		}
	}
}

// tourSandbox runs the sandbox as in README.md, but at the given addresses. It
// returns the sandbox's first lines of output and the token.
func tourSandbox(t *testing.T, scim, flexAddress string) (banner, token string) {
	t.Helper()
	c := command("sandbox", "--listen", scim, "--flex-listen", flexAddress)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Signal(syscall.SIGTERM); _, _ = io.Copy(io.Discard, out); _ = c.Wait() })
	for lines := bufio.NewScanner(out); !strings.HasPrefix(lines.Text(), "Ctrl-C"); {
		if !lines.Scan() {
			t.Fatalf("the sandbox ended after\n%s", banner)
		}
		banner += lines.Text() + "\n"
		if _, text, found := strings.Cut(lines.Text(), "  token      "); found {
			token = text
		}
	}
	return banner, token
}

// shell runs a shell script and returns its output. The script itself must wait for
// the states that it needs. If it takes longer than a minute, the test fails.
func shell(t *testing.T, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", args...)
	c.Env, c.Stderr = append(os.Environ(), env...), os.Stderr
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its own process group, so that its child processes are killed, too
	out, err := c.Output()
	if err != nil {
		t.Errorf("sh %s: %v, after\n%s", args[0], err, out)
	}
	return string(out)
}

// TestReadme runs the commands of README.md's tour. It checks that the sandbox's
// first lines and the output of the commands are as README.md shows them. It also
// runs docs/deploy/tour.sh.
func TestReadme(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "curl") {
				t.Fatal(err)
			}
			t.Skipf("SKIPPED, README.md NOT FOLLOWED: %v", err)
		}
	}
	banner, commands, output := readmeTour(t)
	scim, flexAddress := freeAddress(t), freeAddress(t)
	printed, token := tourSandbox(t, scim, flexAddress)
	here := strings.NewReplacer("127.0.0.1:8080", scim, "127.0.0.1:8081", flexAddress, "fscim_…", token)
	compareShown(t, here.Replace(banner), printed)
	compareShown(t, output, shell(t, nil, "-c", here.Replace(commands)))

	out := shell(t, []string{"SCIM=http://" + scim + "/scim/v2", "FLEX=http://" + flexAddress, "TOKEN=" + token},
		filepath.Join("..", "..", "docs", "deploy", "tour.sh"))
	if !strings.HasSuffix(out, "# Flex has no Worker of this name any more\n") {
		t.Errorf("tour.sh ended with\n%s", out)
	}
}

// TestMatches checks that the function matches requires equal text, except where the
// document has the character "…".
func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shown, text string
		want        bool
	}{
		{`"sid":"WK…" "roles":["agent"]`, `"sid":"WK12" "roles":["agent"]`, true},
		{`"sid":"WK…" "roles":["agent"]`, `"sid":"WK12" "roles":["supervisor"]`, false},
		{"201", "2015", false},
		{"a.c", "abc", false},
		{"", "more", false},
	} {
		if got := matches(c.shown, c.text); got != c.want {
			t.Errorf("matches(%q, %q): got %v, want %v", c.shown, c.text, got, c.want)
		}
	}
}
