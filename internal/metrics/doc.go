// Package metrics has all metrics that flexscim exports. The table in table.go
// lists their names and help texts; docs/reference/metrics.md is generated from the
// table. No other package imports the Prometheus client.
//
// No label identifies a person. Every label has few values. If the client chooses a
// value, for example the method, an unknown value is replaced by "other".
package metrics
