package repotest_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

const commandPackage = "cmd/flexscim"

// TestCommandsCallAdmin checks that commands import none of our packages except
// internal/admin, internal/config and internal/terminal. Wiring may import everything.
func TestCommandsCallAdmin(t *testing.T) {
	t.Parallel()
	wiring := []string{"app.go", "site.go", "serve.go", "reload.go", "simulator.go", "sandbox.go", "sandbox_data.go"}
	checked := 0
	for _, f := range goFiles(t) {
		if f.pkg != commandPackage || f.test || slices.Contains(wiring, path.Base(f.path)) {
			continue
		}
		for _, imported := range f.imports() {
			own, ours := strings.CutPrefix(imported, module+"/")
			if ours && !slices.Contains([]string{"internal/admin", "internal/config", "internal/terminal"}, own) {
				t.Errorf("%s imports %s: a command may import only internal/admin, internal/config and internal/terminal", f.path, own)
			}
			checked++
		}
	}
	if checked < 20 {
		t.Errorf("checked %d imports, the search is broken", checked)
	}
}
