// Package metrics holds every metric that flexscim exports, in one table
// (table.go) with names, units and help texts. docs/reference/metrics.md is
// generated from it. No other package imports the Prometheus client.
//
// No label names a person, and every label has few values: a value that the
// client chooses, such as a method, is "other" unless it is known.
package metrics
