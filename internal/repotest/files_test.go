package repotest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// textOf returns the text of a file of the repository.
func textOf(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMakefile checks that each target has a help text, is phony, and runs
// tests, packages and scripts that exist, and that `make` lists the targets.
func TestMakefile(t *testing.T) {
	t.Parallel()
	text := textOf(t, "Makefile")
	_, phony, _ := strings.Cut(text, "\n.PHONY: ")
	phony, _, _ = strings.Cut(phony, "\n")
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z]\w*):(.*)$`).FindAllStringSubmatch(text, -1) {
		targets = append(targets, m[1])
		if _, help, _ := strings.Cut(m[2], "## "); len(help) < 5 {
			t.Errorf("make %s has no help text", m[1])
		}
	}
	if declared := strings.Fields(phony); !slices.Equal(targets, declared) {
		t.Errorf("targets %v, .PHONY %v: want the same in the same order", targets, declared)
	}
	if !strings.Contains(text, "\n.DEFAULT_GOAL := help\n") {
		t.Error("make alone does not list the targets")
	}
	checkTests(t, "Makefile", text)
	for _, script := range []string{"run", "suites"} {
		checkTests(t, ".ci/"+script, textOf(t, filepath.Join(".ci", script)))
	}
}

// checkTests checks that the tests and packages that a script runs exist,
// because go test does not fail if a name matches no test.
func checkTests(t *testing.T, name, text string) {
	t.Helper()
	c := newChecker(t)
	for _, test := range regexp.MustCompile(`\bTest[A-Z]\w*`).FindAllString(text, -1) {
		found := false
		for fn := range c.funcs {
			found = found || strings.HasPrefix(fn, test)
		}
		if !found {
			t.Errorf("%s runs %s, which matches no test", name, test)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)[ \t](\./(?:cmd|internal|scim|flex)[\w/]*|\.ci/\w+)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDockerfile checks that the image contains a static binary and no shell, that
// its user is a number other than 0 (root), and that it is built with the Go version
// of go.mod.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := textOf(t, "Dockerfile")
	stages := strings.Split("\n"+text, "\nFROM ")
	image := stages[len(stages)-1]
	if !strings.HasPrefix(image, "scratch\n") {
		t.Errorf("the image is made from %.20q, want scratch", image)
	}
	for _, want := range []string{`(?m)^USER [1-9]\d*:[1-9]\d*$`, `(?m)^ENTRYPOINT \["/usr/local/bin/flexscim"\]$`, `(?m)^CMD \["serve"\]$`} {
		if !regexp.MustCompile(want).MatchString(image) {
			t.Errorf("the image has no line %s", want)
		}
	}
	if regexp.MustCompile(`(?m)^(RUN|ADD|HEALTHCHECK) `).MatchString(image) {
		t.Error("the image has a command that needs a shell, or ADD")
	}
	if !strings.Contains(stages[1], "RUN CGO_ENABLED=0 go build ") {
		t.Error("the binary is not static")
	}
	if set := regexp.MustCompile(`-X main\.(\w+)=`).FindStringSubmatch(text); set == nil || !newChecker(t).names["flexscim"][set[1]] {
		t.Errorf("the linker sets %v, want a variable of cmd/flexscim", set)
	}
	mod := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(textOf(t, "go.mod"))
	if mod == nil || !strings.HasPrefix(stages[1], "golang:"+mod[1]+".") {
		t.Errorf("built with %.20q, go.mod says %v", stages[1], mod)
	}
}
