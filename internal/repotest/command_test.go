package repotest_test

import "testing"

// maxCommandLines keeps the operators' use cases in internal/admin: commands
// have flags, wiring and printing only.
const maxCommandLines = 2000

func TestCommandSize(t *testing.T) {
	t.Parallel()
	lines := 0
	for _, f := range goFiles(t) {
		if f.pkg == "cmd/flexscim" && !f.test {
			lines += f.lines
		}
	}
	if lines == 0 || lines > maxCommandLines {
		t.Errorf("cmd/flexscim has %d lines without tests, the limit is %d", lines, maxCommandLines)
	}
}
