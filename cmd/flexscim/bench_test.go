package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// engines runs the function bench as a sub-benchmark for each engine.
func engines(b *testing.B, bench func(b *testing.B, engine store.Engine)) {
	b.Helper()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) { bench(b, engine) })
	}
}

// databases runs the function bench as a sub-benchmark for each engine, with the
// URL of a new database.
func databases(b *testing.B, bench func(b *testing.B, url string)) {
	b.Helper()
	engines(b, func(b *testing.B, engine store.Engine) {
		b.Helper()
		bench(b, storetest.URL(b, engine))
	})
}

// BenchmarkSCIMCreate sends POST /Users to the real program over HTTP and measures
// the creates per second. Each 2xx means that the user is on disk. While the
// requests are sent, the program also creates the Workers. The client and the
// simulated Flex use the same CPU cores as the program.
func BenchmarkSCIMCreate(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		s := startSandbox(b, url)
		s.latency(b, twilioLatency)
		rate(b, "creates/s", func(i int) error {
			_, err := s.create(fmt.Sprintf("user%d@example.com", i))
			return err
		})
	})
}

// BenchmarkSCIMPatch sends PATCH requests that change a user's title to the real
// program, and measures the requests per second.
func BenchmarkSCIMPatch(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		s := startSandbox(b, url)
		const people = 1000
		ids := s.createMany(b, people)
		s.awaitWorkers(b, people)
		s.latency(b, twilioLatency)
		rate(b, "patches/s", func(i int) error {
			return s.patchUser(ids[i%people], fmt.Sprintf(`{"op":"replace","path":"title","value":"Title %d"}`, i))
		})
	})
}

// BenchmarkBare measures POST /Users of the bare handler, the simplest alternative
// to the real program. The handler runs in its own process.
func BenchmarkBare(b *testing.B) {
	l := startBare(b)
	rate(b, "creates/s", func(i int) error {
		_, err := l.create(fmt.Sprintf("user%d@example.com", i))
		return err
	})
}

// BenchmarkSCIMBulk measures three ways to create 1,000 users: with one Bulk
// request, with single requests one after the other, and with loadWriters
// concurrent single requests.
func BenchmarkSCIMBulk(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		l := serveQuietly(b, url)
		const users = 1000
		next := 0 // number of the next user; each iteration needs new user names
		report := func(b *testing.B) {
			b.Helper()
			b.ReportMetric(float64(users*b.N)/b.Elapsed().Seconds(), "creates/s")
		}
		b.Run("bulk", func(b *testing.B) {
			for range b.N {
				var body strings.Builder
				for i := range users {
					fmt.Fprintf(&body, `,{"method":"POST","path":"/Users","bulkId":"%d","data":%s}`, i, userNamed(benchName(next+i)))
				}
				next += users
				answer, err := l.send("POST", "/Bulk", `{"Operations":[`+body.String()[1:]+`]}`, http.StatusOK)
				if err != nil || strings.Count(string(answer), `"status":"201"`) != users {
					b.Fatalf("got %v %s, want %d times 201", err, answer, users)
				}
			}
			report(b)
		})
		b.Run("one-by-one", func(b *testing.B) {
			for range b.N {
				for i := range users {
					if _, err := l.create(benchName(next + i)); err != nil {
						b.Fatal(err)
					}
				}
				next += users
			}
			report(b)
		})
		b.Run("at-once", func(b *testing.B) {
			for range b.N {
				inLoad(b, users, func(i int) error {
					_, err := l.create(benchName(next + i))
					return err
				})
				next += users
			}
			report(b)
		})
	})
}
