package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// sizes returns the numbers of people for which a benchmark runs. They come from
// the environment variable that envPeople names. If this variable is not set, they
// come from the argument "otherwise".
func sizes(b *testing.B, otherwise string) (people []int) {
	b.Helper()
	for size := range strings.SplitSeq(cmp.Or(os.Getenv(envPeople), otherwise), ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatalf("%s: %v", envPeople, err)
		}
		people = append(people, n)
	}
	return people
}

// fresh runs the function bench for each engine and each number of people. The
// function that it passes to bench starts a sandbox with an empty database.
func fresh(b *testing.B, bench func(b *testing.B, start func() *sandboxed, people int)) {
	b.Helper()
	engines(b, func(b *testing.B, engine store.Engine) {
		b.Helper()
		for _, n := range sizes(b, "10000") {
			b.Run(fmt.Sprint(n, "-people"), func(b *testing.B) {
				bench(b, func() *sandboxed {
					s := startSandbox(b, storetest.URL(b, engine))
					s.latency(b, twilioLatency)
					return s
				}, n)
			})
		}
	})
}

// BenchmarkInitialCycle sends the requests of Entra's first cycle to the real
// program: for each person a look-up by userName and a create. Meanwhile the
// program creates the Workers. The benchmark reports the pairs of look-up and
// create per second, for all people, for the first 1,000 and for the last 1,000. It
// also reports the program's memory after a tenth of the people, and its maximum
// memory.
func BenchmarkInitialCycle(b *testing.B) {
	fresh(b, func(b *testing.B, start func() *sandboxed, people int) {
		b.Helper()
		for range b.N {
			start().initialCycle(b, people)
		}
	})
}

func (s *sandboxed) initialCycle(b *testing.B, n int) {
	b.Helper()
	const part = 1000
	done := make([]time.Duration, n) // since the start
	began := time.Now()
	var early float64
	b.ResetTimer()
	inLoad(b, n, func(i int) error {
		err := s.lookUpAndCreate(benchName(i))
		done[i] = time.Since(began)
		if i == n/10 {
			early = s.resident(b, "VmRSS:")
		}
		return err
	})
	b.StopTimer()
	slices.Sort(done)
	b.ReportMetric(float64(n)/done[n-1].Seconds(), "pairs/s")
	b.ReportMetric(part/done[min(part, n)-1].Seconds(), "first-1000/s")
	b.ReportMetric(part/(done[n-1]-done[max(0, n-part-1)]).Seconds(), "last-1000/s")
	b.ReportMetric(early, "tenth-MB")
	b.ReportMetric(s.resident(b, "VmHWM:"), "peak-MB")
}

// lookUpAndCreate sends the two requests that Entra sends for a new person: a
// look-up by userName and a create.
func (s *sandboxed) lookUpAndCreate(name string) error {
	if err := s.get(usersWith("userName", name), `"totalResults":0`); err != nil {
		return err
	}
	_, err := s.create(name)
	return err
}

// BenchmarkMemory reports, at three times, the program's maximum memory until then:
// after all people were created, after all were added to one group, and after
// loadWriters clients have read people, changed people, and added people to the
// group and removed them. It also reports the program's memory at the end.
func BenchmarkMemory(b *testing.B) {
	fresh(b, func(b *testing.B, start func() *sandboxed, people int) {
		b.Helper()
		const requests = 20_000
		for range b.N {
			s := start()
			ids := s.createMany(b, people)
			b.ReportMetric(s.resident(b, "VmHWM:"), "people-MB")
			group := s.group(b, ids)
			b.ReportMetric(s.resident(b, "VmHWM:"), "group-MB")
			inLoad(b, requests, func(i int) error { return s.mixed(i, group, ids) })
			b.ReportMetric(s.resident(b, "VmHWM:"), "peak-MB")
			b.ReportMetric(s.resident(b, "VmRSS:"), "after-MB")
		}
	})
}

// mixed sends one request of BenchmarkMemory. The number i selects the kind of
// request and the user.
func (l *load) mixed(i int, group string, ids []string) error {
	id := ids[i*7919%len(ids)]
	switch i % 6 {
	case 0:
		return l.get("/Users/"+id, id)
	case 1:
		return l.get(usersWith("userName", benchName(i%len(ids))), `"totalResults":1`)
	case 2:
		return l.get(fmt.Sprintf("/Users?count=100&startIndex=%d", max(1, len(ids)-99)), `"Resources"`)
	case 3:
		return l.patchUser(id, fmt.Sprintf(`{"op":"replace","path":"title","value":"Title %d"}`, i))
	case 4:
		return l.leave(group, id)
	default:
		return l.join(group, id)
	}
}
