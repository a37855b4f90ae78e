package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// BenchmarkProgram sends an IdP's most frequent requests to the real program.
// Meanwhile the program creates Workers. For each kind of request, the benchmark
// reports the requests per second and the CPU time that the program's process used
// per request.
func BenchmarkProgram(b *testing.B) {
	fresh(b, func(b *testing.B, start func() *sandboxed, people int) {
		b.Helper()
		for range b.N {
			s := start()
			ids := make([]string, people)
			s.kind(b, "create", people, func(i int) (err error) {
				ids[i], err = s.create(benchName(i))
				return err
			})
			s.kinds(b, ids)
		}
	})
}

// kinds measures each kind of request except create. For the kind "member", a group
// first gets four fifths of the people, and each request adds one of the other
// people.
func (s *sandboxed) kinds(b *testing.B, ids []string) {
	b.Helper()
	const requests = 5000
	n := len(ids)
	s.kind(b, "filter", requests, func(i int) error {
		return s.get(usersWith("userName", benchName(i*7919%n)), `"totalResults":1`)
	})
	s.kind(b, "last-page", requests, func(int) error {
		return s.get(fmt.Sprintf("/Users?count=100&startIndex=%d", n-99), `"itemsPerPage":100`)
	})
	s.kind(b, "active", requests, func(i int) error {
		return s.patchUser(ids[i%n], fmt.Sprintf(`{"op":"replace","path":"active","value":%t}`, i/n%2 == 1))
	})
	group, rest := s.group(b, ids[:n*4/5]), ids[n*4/5:]
	s.kind(b, "member", len(rest), func(i int) error {
		return s.join(group, rest[i])
	})
}

func (s *sandboxed) kind(b *testing.B, name string, requests int, ask func(i int) error) {
	b.Helper()
	began, before := time.Now(), s.cpu(b)
	inLoad(b, requests, ask)
	b.ReportMetric(float64(requests)/time.Since(began).Seconds(), name+"/s")
	b.ReportMetric(float64((s.cpu(b)-before).Microseconds())/1000/float64(requests), name+"-cpu-ms")
}

// cpu returns the CPU time that the sandbox's process has used. If the system is
// not Linux, the benchmark is skipped.
func (s *sandboxed) cpu(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		b.Skip("SKIPPED: CPU time is read from /proc, which only Linux has")
	}
	const tick = time.Second / 100                                // proc(5): sysconf(_SC_CLK_TCK)
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')'):]) // the slice begins with ")" and the process state; its elements 12 and 13 are utime and stime
	var ticks int
	for _, field := range fields[12:14] {
		n, err := strconv.Atoi(string(field))
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick
}
