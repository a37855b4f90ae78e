package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	attackTime  = 10 * time.Second
	attackRate  = 100 // requests per second: the default of limits.rate
	attackUsers = 2000
)

// BenchmarkOneTenant measures how much one connection (the neighbour) is delayed
// while another connection (the attacker) sends expensive requests at the full
// default rate: bulk requests with expensive PATCHes, expensive lists, or both. It
// reports the neighbour's latencies, how long a neighbour's leaver still gets work,
// and the memory of the process.
func BenchmarkOneTenant(b *testing.B) {
	databases(b, func(b *testing.B, database string) {
		s := startSandbox(b, database, "--limits-rate", fmt.Sprint(attackRate))
		n := newNeighbour(b, s, database)
		a := newAttacker(b, s)
		for _, attack := range []struct {
			name     string
			requests []attackRequest
		}{
			{"nothing", nil}, {"bulk", a.bulks}, {"lists", a.lists}, {"both", append(append([]attackRequest{}, a.bulks...), a.lists...)},
		} {
			b.Run(attack.name, func(b *testing.B) {
				for range b.N {
					stop := a.attack(attack.requests)
					n.measure(b)
					answers := stop()
					b.ReportMetric(s.resident(b, "VmHWM:"), "max-resident-MB")
					b.Logf("the attacker's responses: %v", answers)
				}
			})
		}
	})
}

// attackRequest is an expensive request.
type attackRequest struct {
	method, path string
	body         []byte // gzip
}

// attacker is the connection that the sandbox creates. It sends the expensive
// requests.
type attacker struct {
	*sandboxed

	bulks, lists []attackRequest
}

func newAttacker(b *testing.B, s *sandboxed) *attacker {
	b.Helper()
	a := &attacker{sandboxed: s}
	ids := a.bulkCreate(b, "/Users", attackUsers, func(i int) string { return userNamed(fmt.Sprintf("a%d@example.com", i)) })
	var emails []string
	for i := range 500 {
		emails = append(emails, fmt.Sprintf(`{"value":"%d@example.com","type":"work"}`, i))
	}
	const heavy = 100
	for _, id := range ids[:heavy] {
		if _, err := s.send("PATCH", "/Users/"+id, `{"Operations":[{"op":"replace","path":"emails","value":[`+strings.Join(emails, ",")+`]}]}`, http.StatusOK); err != nil {
			b.Fatal(err)
		}
		pause(time.Second / attackRate)
	}
	var members []string
	for _, id := range ids {
		members = append(members, `{"value":"`+id+`"}`)
	}
	for i := range 100 {
		group := fmt.Sprintf(`{"displayName":"g%d","members":[%s]}`, i, strings.Join(members, ","))
		if _, err := s.send("POST", "/Groups", group, http.StatusCreated); err != nil {
			b.Fatal(err)
		}
	}
	for variant := range 4 {
		a.bulks = append(a.bulks, attackRequest{"POST", "/Bulk", gzipped(b, expensiveBulk(ids[:heavy], variant))})
	}
	var filter []string
	for i := range 64 {
		filter = append(filter, fmt.Sprintf(`name.familyName co "x%d"`, i))
	}
	for _, path := range []string{"/Groups?count=1000", "/Users?count=1000", "/Users?" + url.Values{"filter": {strings.Join(filter, " or ")}}.Encode(), "/Groups?sortBy=displayName&count=1000"} {
		a.lists = append(a.lists, attackRequest{"GET", path, nil})
	}
	return a
}

// expensiveBulk returns a Bulk with a PATCH for each user. Each PATCH changes all
// e-mails 400 times.
func expensiveBulk(ids []string, variant int) string {
	var ops, patches []string
	for i := range 400 {
		ops = append(ops, fmt.Sprintf(`{"op":"add","path":"emails.type","value":"%d"}`, variant*400+i))
	}
	for _, id := range ids {
		patches = append(patches, `{"method":"PATCH","path":"/Users/`+id+`","data":{"Operations":[`+strings.Join(ops, ",")+`]}}`)
	}
	return `{"Operations":[` + strings.Join(patches, ",") + `]}`
}

// gzipped compresses a body.
func gzipped(b *testing.B, body string) []byte {
	b.Helper()
	var to bytes.Buffer
	z := gzip.NewWriter(&to)
	if _, err := z.Write([]byte(body)); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	return to.Bytes()
}

// bulkCreate creates resources, 500 with each request, and returns their ids.
func (s *sandboxed) bulkCreate(b *testing.B, path string, n int, document func(i int) string) (ids []string) {
	b.Helper()
	const each = 500
	for from := 0; from < n; from += each {
		var creates []string
		for i := from; i < min(n, from+each); i++ {
			creates = append(creates, fmt.Sprintf(`{"method":"POST","path":%q,"bulkId":"%d","data":%s}`, path, i, document(i)))
		}
		answer, err := s.send("POST", "/Bulk", `{"Operations":[`+strings.Join(creates, ",")+`]}`, http.StatusOK)
		if err != nil {
			b.Fatal(err)
		}
		var results struct {
			Operations []struct{ Location, Status string }
		}
		if err := json.Unmarshal(answer, &results); err != nil {
			b.Fatal(err)
		}
		for _, r := range results.Operations {
			if r.Status != "201" {
				b.Fatalf("%s in a Bulk: got %s, want 201", path, r.Status)
			}
			ids = append(ids, r.Location[strings.LastIndexByte(r.Location, '/')+1:])
		}
	}
	return ids
}

// attack sends the requests in turn, at the full rate, without waiting for the
// responses. The returned function ends the attack, and returns the number of
// responses by status. The number for the status 0 counts requests without a
// response.
func (a *attacker) attack(requests []attackRequest) (stop func() map[int]int) {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	answers := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	all.Go(func() {
		tick := time.NewTicker(time.Second / attackRate)
		defer tick.Stop()
		for i := 0; len(requests) > 0; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			all.Go(func() {
				status := a.fire(ctx, client, requests[i%len(requests)])
				mu.Lock()
				defer mu.Unlock()
				answers[status]++
			})
		}
	})
	return func() map[int]int {
		cancel()
		all.Wait()
		client.CloseIdleConnections()
		return answers
	}
}

// fire sends one request and returns the status of the response, or 0.
func (a *attacker) fire(ctx context.Context, client *http.Client, request attackRequest) int {
	req, err := http.NewRequestWithContext(ctx, request.method, a.base+request.path, bytes.NewReader(request.body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+killToken)
	if request.body != nil {
		req.Header.Set("Content-Type", "application/scim+json")
		req.Header.Set("Content-Encoding", "gzip")
	}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

// neighbour is another connection of the same process, with its own people.
type neighbour struct {
	*sandboxed

	token string
	ids   []string
	left  int // how many of the people have left
}

func newNeighbour(b *testing.B, s *sandboxed, database string) *neighbour {
	b.Helper()
	c := command("token", "create", "--connection", "neighbour", "--json")
	c.Env = append(c.Env, "FLEXSCIM_DATABASE_URL="+database)
	out, err := c.Output()
	if err != nil {
		b.Fatal(err)
	}
	var made struct{ Token string }
	if err := json.Unmarshal(out, &made); err != nil || made.Token == "" {
		b.Fatalf("got %s, %v, want a token", out, err)
	}
	n := &neighbour{sandboxed: s, token: made.Token}
	for i := range 60 {
		answer, _, err := n.ask("POST", n.base+"/Users", userNamed(fmt.Sprintf("n%d@example.com", i)), http.StatusCreated)
		if err != nil {
			b.Fatal(err)
		}
		var user struct{ ID string }
		if err := json.Unmarshal(answer, &user); err != nil {
			b.Fatal(err)
		}
		n.ids = append(n.ids, user.ID)
	}
	n.awaitWorkers(b, len(n.ids))
	return n
}

// ask sends a request of the neighbour, and returns the response and the latency.
func (n *neighbour) ask(method, address, body string, want int) ([]byte, time.Duration, error) {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	req.Header.Set("Content-Type", "application/scim+json")
	began := time.Now()
	res, err := n.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("%s %s: got %d %s, want %d", method, address, res.StatusCode, answer, want)
	}
	return answer, time.Since(began), err
}

// measure sends the neighbour's requests for some time, and reports their latencies.
func (n *neighbour) measure(b *testing.B) {
	b.Helper()
	pause(time.Second) // the attack begins
	site := strings.TrimSuffix(n.base, "/scim/v2")
	last := n.ids[len(n.ids)-1]
	kinds := []struct {
		name   string
		method string
		where  string
		body   func(i int) string
	}{
		{"get", "GET", n.base + "/Users/" + last, func(int) string { return "" }},
		{"patch", "PATCH", n.base + "/Users/" + last, func(i int) string {
			return fmt.Sprintf(`{"Operations":[{"op":"replace","path":"title","value":"%d"}]}`, i)
		}},
		{"readyz", "GET", site + "/readyz", func(int) string { return "" }},
	}
	took := make([][]time.Duration, len(kinds))
	var all sync.WaitGroup
	for k, kind := range kinds {
		all.Go(func() {
			for i, began := 0, time.Now(); time.Since(began) < attackTime; i++ {
				_, latency, err := n.ask(kind.method, kind.where, kind.body(i), http.StatusOK)
				if err != nil {
					b.Error(err)
				}
				took[k] = append(took[k], latency)
				pause(20 * time.Millisecond)
			}
		})
	}
	var slowest time.Duration
	for began := time.Now(); time.Since(began) < attackTime; pause(time.Second) {
		slowest = max(slowest, n.leave(b))
	}
	all.Wait()
	for k, kind := range kinds {
		percentiles(b, kind.name, took[k])
	}
	b.ReportMetric(float64(slowest.Milliseconds()), "leaver-max-ms")
}

// leave deactivates one person. It returns the time from the request to the moment
// at which the person's Worker is Offline or deleted.
func (n *neighbour) leave(b *testing.B) time.Duration {
	b.Helper()
	name := fmt.Sprintf("n%d@example.com", n.left)
	id := n.ids[n.left]
	n.left++
	sid := workers(b, n.flex)[name].SID
	var configuration struct {
		Workspace string `json:"taskrouter_workspace_sid"`
	}
	if err := getJSON(n.flex+"/v1/Configuration", &configuration); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if _, _, err := n.ask("PATCH", n.base+"/Users/"+id, `{"Operations":[{"op":"replace","path":"active","value":false}]}`, http.StatusOK); err != nil {
		b.Error(err)
	}
	for time.Since(began) < time.Minute {
		var w struct {
			Activity string `json:"activity_name"`
		}
		err := getJSON(n.flex+"/v1/Workspaces/"+configuration.Workspace+"/Workers/"+sid, &w)
		if err != nil || w.Activity == "Offline" {
			return time.Since(began)
		}
		pause(20 * time.Millisecond)
	}
	return time.Since(began)
}
