// Package testdata embeds files that tests of several packages read: stories,
// requests of IdPs, and the attributes of RFC 7643. A story is a test script that
// runs the program. Only tests import this package.
package testdata

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

//go:embed *
var files embed.FS

// FS returns the files in the folder testdata.
func FS() fs.FS { return files }

// Files copies the files of a subfolder to a temporary folder, and returns the
// paths of the copies. It is for code that needs file paths and cannot read an
// fs.FS.
func Files(t *testing.T, folder string) []string {
	t.Helper()
	names, err := fs.Glob(files, folder+"/*")
	if err != nil || len(names) == 0 {
		t.Fatalf("testdata/%s: %d files, %v", folder, len(names), err)
	}
	dir := t.TempDir()
	var paths []string
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	return paths
}
