package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// databases runs a benchmark on each engine, with the database's URL.
func databases(b *testing.B, bench func(b *testing.B, url string)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { bench(b, "sqlite:"+filepath.Join(b.TempDir(), "bench.db")) })
	b.Run("postgres", func(b *testing.B) { bench(b, storetest.URL(b, store.PostgreSQL)) })
}

// BenchmarkSCIMCreate is POST /Users at the program as a user runs it: over
// HTTP, every 2xx on the disk, the load and the simulated Flex on the same
// cores, while the Workers of those before are made.
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

// BenchmarkSCIMPatch is the same for PATCH active.
func BenchmarkSCIMPatch(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		s := startSandbox(b, url)
		const people = 1000
		ids := s.createMany(b, people)
		s.awaitWorkers(b, people)
		s.latency(b, twilioLatency)
		rate(b, "patches/s", func(i int) error {
			_, err := s.send("PATCH", "/Users/"+ids[i%people], fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],`+
				`"Operations":[{"op":"replace","path":"title","value":"Title %d"}]}`, i), http.StatusOK)
			return err
		})
	})
}

// BenchmarkBare is what others would build: net/http with one durable SQLite
// transaction (row, audit row, job row) a request, in a process of its own.
func BenchmarkBare(b *testing.B) {
	l := startBare(b)
	rate(b, "creates/s", func(i int) error {
		_, err := l.create(fmt.Sprintf("user%d@example.com", i))
		return err
	})
}

// BenchmarkSCIMFilter is GET ?filter=userName eq, in a small and in a large
// directory, without the engine.
func BenchmarkSCIMFilter(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		l, add := serveQuietly(b, url)
		have := 0
		for _, people := range []int{1000, 100_000} {
			add(have, people)
			have = people
			b.Run(fmt.Sprint(people, "-users"), func(b *testing.B) {
				rate(b, "filters/s", func(i int) error {
					answer, err := l.send("GET", fmt.Sprintf("/Users?filter=userName%%20eq%%20%%22user%d%%40example.com%%22", i*7919%people), "", http.StatusOK)
					if err == nil && !strings.Contains(string(answer), `"totalResults":1`) {
						err = fmt.Errorf("got %s, want one user", answer)
					}
					return err
				})
			})
		}
	})
}

// BenchmarkSCIMMember adds one member to a group, or removes one, by PATCH.
func BenchmarkSCIMMember(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		l, add := serveQuietly(b, url)
		ids := add(0, 100_000)
		for _, members := range []int{10, 100_000} {
			group := makeGroup(b, l, ids[:members])
			newcomer, err := l.create(fmt.Sprintf("newcomer%d@example.com", members))
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprint(members, "-members"), func(b *testing.B) {
				for i := range b.N {
					op := `{"op":"add","path":"members","value":[{"value":"` + newcomer + `"}]}`
					if i%2 == 1 {
						op = `{"op":"remove","path":"members[value eq \"` + newcomer + `\"]"}`
					}
					if _, err := l.send("PATCH", "/Groups/"+group, `{"Operations":[`+op+`]}`, http.StatusNoContent); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

// BenchmarkSCIMBulk makes 1,000 users by one bulk request, and by 1,000
// requests that come one after the other, and loadWriters at once.
func BenchmarkSCIMBulk(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		l, add := serveQuietly(b, url)
		const users = 1000
		next := 0 // users have other names each time
		report := func(b *testing.B) {
			b.Helper()
			b.ReportMetric(float64(users*b.N)/b.Elapsed().Seconds(), "creates/s")
		}
		b.Run("bulk", func(b *testing.B) {
			for range b.N {
				var body strings.Builder
				for i := range users {
					fmt.Fprintf(&body, `,{"method":"POST","path":"/Users","bulkId":"%d","data":%s}`, i, userNamed(fmt.Sprintf("user%d@example.com", next+i)))
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
					if _, err := l.create(fmt.Sprintf("user%d@example.com", next+i)); err != nil {
						b.Fatal(err)
					}
				}
				next += users
			}
			report(b)
		})
		b.Run("at-once", func(b *testing.B) {
			for range b.N {
				add(next, next+users)
				next += users
			}
			report(b)
		})
	})
}

// makeGroup makes a group of members, 5,000 a request.
func makeGroup(b *testing.B, l *load, members []string) string {
	b.Helper()
	answer, err := l.send("POST", "/Groups", fmt.Sprintf(`{"displayName":"Group of %d"}`, len(members)), http.StatusCreated)
	if err != nil {
		b.Fatal(err)
	}
	_, id, _ := strings.Cut(string(answer), `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	for part := range slices.Chunk(members, 5000) {
		op := `{"op":"add","path":"members","value":[{"value":"` + strings.Join(part, `"},{"value":"`) + `"}]}`
		if _, err := l.send("PATCH", "/Groups/"+id, `{"Operations":[`+op+`]}`, http.StatusNoContent); err != nil {
			b.Fatal(err)
		}
	}
	return id
}

// serveQuietly serves SCIM in this process, without the engine: nobody is
// brought to Flex. add makes the users numbered from to below to.
func serveQuietly(b *testing.B, url string) (l *load, add func(from, to int) []string) {
	b.Helper()
	o := sandbox{data: b.TempDir(), flexURL: "http://127.0.0.1:1", ownDatabase: true, quiet: true, fixedToken: killToken}
	cfg, err := config.Load(pflag.NewFlagSet("bench", pflag.ContinueOnError), []string{"FLEXSCIM_DATABASE_URL=" + url})
	if err != nil {
		b.Fatal(err)
	}
	if cfg, err = o.configure(cfg); err != nil {
		b.Fatal(err)
	}
	log, err := newLog(cfg.Log)
	if err != nil {
		b.Fatal(err)
	}
	a, err := openApp(b.Context(), cfg, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.close)
	s, err := newSite(a)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := o.token(b.Context(), s.auth); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Shutdown(context.Background()) })
	l = newLoad("http://" + listener.Addr().String() + "/scim/v2")
	return l, func(from, to int) []string {
		ids := make([]string, to-from)
		inLoad(b, to-from, func(i int) (err error) {
			ids[i], err = l.create(fmt.Sprintf("user%d@example.com", from+i))
			return err
		})
		return ids
	}
}
