// Package metrics holds every metric that flexscim exports, in one table
// (table.go) with names, units and help texts. docs/reference/metrics.md is
// generated from it. No other package imports the Prometheus client.
//
// No label identifies a person. Every label has few values: if the client
// chooses the value, such as a method, an unknown one becomes "other".
package metrics
