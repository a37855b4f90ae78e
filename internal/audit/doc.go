// Package audit defines the entries of the audit log, and the hash chain that
// reveals changed or removed entries. internal/store writes them.
package audit
