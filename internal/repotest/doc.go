// Package repotest contains only tests. These tests enforce the repository's rules on
// imports, on the size of files and functions, and on names in documents.
package repotest
