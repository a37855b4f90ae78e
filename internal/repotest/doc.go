// Package repotest contains only tests. They enforce the repository's rules:
// which package may import which, how large files and functions may be, and that
// the names in documents exist.
package repotest
