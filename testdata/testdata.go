// Package testdata holds files that tests of several packages read: stories of
// the command line and recorded exchanges of IdPs. Only tests import it.
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

// FS is the folder's content.
func FS() fs.FS { return files }

// Files copies the files of a folder to a temporary folder, for tools that need
// paths, and returns their paths.
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
