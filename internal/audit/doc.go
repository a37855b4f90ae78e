// Package audit holds the words of the audit log: entries and the hash chain
// that makes a change to one of them visible. internal/store writes them.
package audit
