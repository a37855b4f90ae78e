package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkManyLeavers measures how long the leavers of one connection still get
// work while another connection has just deactivated 4,000 people. Twilio has a
// latency of 100 ms.
func BenchmarkManyLeavers(b *testing.B) {
	databases(b, func(b *testing.B, database string) {
		const many, measured = 4000, 5
		s := startSandbox(b, database, "--limits-rate", "0")
		n := newNeighbour(b, s, database)
		for round := range b.N {
			ids := s.bulkCreate(b, "/Users", many, func(i int) string { return userNamed(fmt.Sprintf("leaver%d.%d@example.com", round, i)) })
			s.awaitWorkers(b, many)
			s.latency(b, twilioLatency)
			for from := 0; from < many; from += 1000 {
				var ops []string
				for _, id := range ids[from : from+1000] {
					ops = append(ops, fmt.Sprintf(`{"method":"PATCH","path":"/Users/%s","data":{"Operations":[{"op":"replace","path":"active","value":false}]}}`, id))
				}
				if _, err := s.send("POST", "/Bulk", `{"Operations":[`+strings.Join(ops, ",")+`]}`, http.StatusOK); err != nil {
					b.Fatal(err)
				}
			}
			var slowest time.Duration
			for range measured {
				slowest = max(slowest, n.leave(b))
			}
			b.ReportMetric(float64(slowest.Milliseconds()), "leaver-max-ms")
			control(b, s.flex, "DELETE", "/_sim/faults", "")
		}
	})
}
