package metrics

import (
	"bytes"
	"fmt"
	"strings"
)

// allMetrics lists the metrics in the order in which docs/reference/metrics.md
// shows them.
var allMetrics = []metric{requests, requestTime, refused, queueDepth, queueAge, calls, callTime, slowed, inFlight, people, leavers, commitToFlex, unsealed, droppedAttrs, leftOut, missedGroups, tokenDays, buildInfo}

// Reference returns the text of docs/reference/metrics.md.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString("# Metrics\n\n<!-- Generated from internal/metrics; a test keeps it current. -->\n\n" +
		"`/metrics` returns Prometheus' text format. It needs `metrics.token`, because it covers all connections. No label identifies a person.\n" +
		"It also has the `go_` and `process_` metrics of the Prometheus client.\n\n" +
		"| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, m := range allMetrics {
		labels := "–"
		if len(m.labels) > 0 {
			labels = strings.Join(m.labels, ", ")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, labels, m.help)
	}
	return b.Bytes()
}
