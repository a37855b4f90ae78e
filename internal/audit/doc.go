// Package audit defines the entries of the audit log, and the hash chain that
// reveals a change to one of them. internal/store writes them.
package audit
