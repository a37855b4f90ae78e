package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// These constants are the number of killIdP's people and the number of its
// concurrent writers.
const (
	killPeople  = 48
	killWriters = 8
)

// killToken is the bearer token of the sandbox under test.
const killToken = "fscim_kill-test-token-of-the-sandbox-0123456789abcdef"

// killIdP is a simulated identity provider. Like Okta and Entra, it repeats each
// write until it gets a 2xx. A write with a 2xx is called acknowledged. killIdP
// stores the last acknowledged state of each person.
type killIdP struct {
	t     *testing.T
	bases []string // base URLs of the replicas; each request goes to a random replica
	group string

	mu           sync.Mutex
	people       [killPeople]killPerson
	acknowledged int
}

// killPerson is the last acknowledged state of a person.
type killPerson struct {
	id         string
	name       string // displayName
	active     bool
	supervisor bool
}

// newKillIdP returns an IdP that sends its requests to these replicas, which must
// be running.
func newKillIdP(t *testing.T, replicas ...*victim) *killIdP {
	t.Helper()
	i := &killIdP{t: t}
	for _, v := range replicas {
		i.bases = append(i.bases, "http://"+v.address+"/scim/v2")
	}
	i.makeGroup()
	return i
}

// startWriting starts the writers. The returned function stops them and waits until
// each has finished its last write.
func (i *killIdP) startWriting(seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(i.t.Context())
	var writers sync.WaitGroup
	for w := range killWriters {
		r := rand.New(rand.NewPCG(seed, uint64(w)+2))
		writers.Go(func() { i.write(ctx, r, w) })
	}
	return func() { cancel(); writers.Wait() }
}

// wantAcknowledged fails the test if so few writes were acknowledged that the
// test proves nothing.
func (i *killIdP) wantAcknowledged(least int) {
	i.t.Helper()
	i.t.Logf("%d writes acknowledged", i.count())
	if i.count() < least {
		i.t.Errorf("got %d acknowledged writes, want at least %d; otherwise the test proves nothing", i.count(), least)
	}
}

func (i *killIdP) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.acknowledged
}

// awaitWrites waits until n more writes are acknowledged.
func (i *killIdP) awaitWrites(n int) {
	i.t.Helper()
	target := i.count() + n
	for deadline := time.Now().Add(60 * time.Second); i.count() < target; pause(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			i.t.Fatalf("%d more writes were not acknowledged within a minute", n)
		}
	}
}

func killUserName(p int) string { return fmt.Sprintf("agent.%d@example.com", p) }

// write makes random changes to the people of one writer until ctx ends. It repeats
// each request until it is acknowledged.
func (i *killIdP) write(ctx context.Context, r *rand.Rand, writer int) {
	for n := 0; ctx.Err() == nil; n++ {
		p := writer + killWriters*r.IntN(killPeople/killWriters)
		i.mu.Lock()
		person := i.people[p]
		i.mu.Unlock()
		switch {
		case person.id == "":
			person.name, person.active = fmt.Sprintf("Name %d", n), true
			person.id = i.create(p, person.name)
		case r.IntN(4) == 0:
			person.active = !person.active
			i.must("PATCH", "/Users/"+person.id, patch("replace", "active", person.active))
		case r.IntN(3) == 0:
			person.supervisor = !person.supervisor
			i.must("PATCH", "/Groups/"+i.group, member(person.supervisor, person.id))
		default:
			person.name = fmt.Sprintf("Name %d", n)
			i.must("PATCH", "/Users/"+person.id, patch("replace", "displayName", person.name))
		}
		i.mu.Lock()
		i.people[p] = person
		i.acknowledged++
		i.mu.Unlock()
	}
}

func patch(op, path string, value any) map[string]any {
	return map[string]any{"Operations": []any{map[string]any{"op": op, "path": path, "value": value}}}
}

func member(add bool, id string) map[string]any {
	if add {
		return patch("add", "members", []any{map[string]any{"value": id}})
	}
	return patch("remove", "members", []any{map[string]any{"value": id}})
}

// create creates a person. If the person already exists because an earlier response
// was lost, create finds this person and updates the name.
func (i *killIdP) create(p int, name string) string {
	for {
		status, body := i.call("POST", "/Users", map[string]any{"userName": killUserName(p), "displayName": name, "active": true})
		if status == http.StatusConflict {
			filter := url.QueryEscape(`userName eq "` + killUserName(p) + `"`)
			var list struct{ Resources []struct{ ID string } }
			if status, body = i.call("GET", "/Users?filter="+filter, nil); status == http.StatusOK {
				if err := json.Unmarshal(body, &list); err == nil && len(list.Resources) == 1 {
					id := list.Resources[0].ID
					i.must("PATCH", "/Users/"+id, patch("replace", "displayName", name))
					return id
				}
			}
		}
		var user struct{ ID string }
		if status == http.StatusCreated && json.Unmarshal(body, &user) == nil {
			return user.ID
		}
		pause(10 * time.Millisecond)
	}
}

// makeGroup creates the group whose members get the role supervisor.
func (i *killIdP) makeGroup() {
	status, body := i.call("POST", "/Groups", map[string]any{"displayName": "Flex Supervisors"})
	var group struct{ ID string }
	if err := json.Unmarshal(body, &group); err != nil || status != http.StatusCreated {
		i.t.Fatalf("POST /Groups: got %d %s, want 201", status, body)
	}
	i.group = group.ID
}

// killIdP.must repeats a request until it gets a 2xx. If it gets a 4xx, the test
// fails.
func (i *killIdP) must(method, path string, body any) {
	for {
		status, answer := i.call(method, path, body)
		if status/100 == 2 {
			return
		}
		if status/100 == 4 {
			i.t.Errorf("%s %s: got %d %s, want 2xx", method, path, status, answer)
			return
		}
		pause(10 * time.Millisecond)
	}
}

// call sends one request. It returns status 0 if there was no response.
func (i *killIdP) call(method, path string, body any) (int, []byte) {
	b, err := json.Marshal(body)
	if err != nil {
		i.t.Fatal(err)
	}
	req, err := http.NewRequest(method, i.bases[rand.IntN(len(i.bases))]+path, bytes.NewReader(b))
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+killToken)
	req.Header.Set("Content-Type", "application/scim+json")
	res, err := killClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, answer
}

var killClient = &http.Client{Timeout: 20 * time.Second}

// awaitFlex waits until Flex has the last acknowledged state of every person.
func (i *killIdP) awaitFlex(flexURL string) {
	i.t.Helper()
	var wrong []string
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); pause(100 * time.Millisecond) {
		if wrong = i.compare(workers(i.t, flexURL)); len(wrong) == 0 {
			return
		}
	}
	i.t.Errorf("%d people are wrong in Flex:\n%s", len(wrong), strings.Join(wrong, "\n"))
}

// compare compares the Workers in Flex (the argument have) with the last acknowledged
// state of all people. It returns a description of each difference.
func (i *killIdP) compare(have map[string]worker) []string {
	var wrong []string
	for p, person := range i.people {
		w, exists := have[killUserName(p)]
		delete(have, killUserName(p))
		role := "agent"
		if person.supervisor {
			role = "supervisor"
		}
		switch {
		case exists != person.active:
			wrong = append(wrong, fmt.Sprintf("%s: Worker exists %v, active %v", killUserName(p), exists, person.active))
		case exists && (w.FullName != person.name || len(w.Roles) != 1 || w.Roles[0] != role):
			wrong = append(wrong, fmt.Sprintf("%s: got %+v, want %+v", killUserName(p), w, person))
		}
	}
	for name := range have {
		wrong = append(wrong, name+": the Worker should not exist")
	}
	return wrong
}
