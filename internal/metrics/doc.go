// Package metrics is every metric that flexscim exports, with its unit and its
// help: one table (table.go) from which docs/reference/metrics.md comes too.
// It is line 0 and the only user of the Prometheus client.
//
// No label names a person, and every label has few values: what a stranger may
// choose (a method, a resource) is "other" unless it is known.
package metrics
