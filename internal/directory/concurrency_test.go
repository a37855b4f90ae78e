package directory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// writers is the number of concurrent IdP requests in these tests.
const writers = 64

// crowd simulates many concurrent clients of one connection. The SCIM service uses
// a real store.
type crowd struct {
	*testing.T

	client scimtest.Client
	seed   uint64
}

// direct passes a request to the handler without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

// crowds runs a test on each engine.
func crowds(t *testing.T, test func(c *crowd)) {
	t.Helper()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		handler, err := scimhttp.New(scimhttp.Config{Directory: directory.New(open(t), okta), MaxOperations: 1000})
		if err != nil {
			t.Fatal(err)
		}
		c := &crowd{T: t, seed: uint64(time.Now().UnixNano())}
		c.client = scimtest.Client{HTTP: &http.Client{Transport: direct{handler}}}
		t.Logf("seed %d", c.seed)
		test(c)
	})
}

// ask sends a request and returns the response. After a 503 with Retry-After, it
// sends the request again. If the final status is not in want, the test fails.
func (c *crowd) ask(method, path string, body any, want ...int) scimtest.Answer {
	return c.askIf("", method, path, body, want...)
}

func (c *crowd) askIf(match, method, path string, body any, want ...int) scimtest.Answer {
	for {
		var header []string
		if match != "" {
			header = []string{"If-Match", match}
		}
		a, err := c.client.Do(c.Context(), method, path, body, header...)
		switch {
		case err != nil:
			c.Errorf("%s %s: %v", method, path, err)
		case a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "":
			continue
		case !slices.Contains(want, a.Status):
			c.Errorf("%s %s: got %d %s, want %v", method, path, a.Status, a.Text, want)
		}
		return a
	}
}

// crowd.all calls fn concurrently, once for each writer. Each writer has its own
// random source.
func (c *crowd) all(fn func(w int, r *rand.Rand)) {
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() { fn(w, rand.New(rand.NewPCG(c.seed, uint64(w)))) })
	}
	wg.Wait()
}

// mostReads is the maximum number of reads of one reader. More reads would slow
// down the writers.
const mostReads = 200

// whileReading calls the function write. Until this function returns, whileReading
// calls each of the read functions again and again, concurrently. The test fails if
// the number of these calls is smaller than the number of read functions.
func (c *crowd) whileReading(write func(), read ...func()) {
	ctx, stop := context.WithCancel(c.Context())
	var wg sync.WaitGroup
	var rounds atomic.Int64
	for _, fn := range read {
		wg.Go(func() {
			for n := 0; n < mostReads && ctx.Err() == nil && !c.Failed(); n++ {
				fn()
				rounds.Add(1)
			}
		})
	}
	write()
	stop()
	wg.Wait()
	c.Logf("%d reads during the writes", rounds.Load())
	if rounds.Load() < int64(len(read)) {
		c.Error("there were too few reads during the writes, so the test proves nothing")
	}
}

func (c *crowd) newUser(name string) string {
	return c.ask("POST", "/Users", map[string]any{"userName": name, "displayName": name, "active": true}, 201).ID()
}

func (c *crowd) newGroup(name string, members ...string) string {
	return c.ask("POST", "/Groups", map[string]any{"displayName": name, "members": members}, 201).ID()
}

// The function change returns the body of a PATCH.
func change(ops ...map[string]any) map[string]any { return map[string]any{"Operations": ops} }

func op(verb, path string, value any) map[string]any {
	return map[string]any{"op": verb, "path": path, "value": value}
}

// The function joins returns PATCH operations that add members, and the function
// leaves returns operations that remove members. Their form is at random that of
// Okta or that of Entra.
func joins(r *rand.Rand, ids ...string) map[string]any {
	return op([]string{"add", "Add"}[r.IntN(2)], "members", values(ids))
}

func leaves(r *rand.Rand, ids ...string) []map[string]any {
	if r.IntN(2) == 0 {
		return []map[string]any{op("Remove", "members", values(ids))}
	}
	var ops []map[string]any
	for _, id := range ids {
		ops = append(ops, map[string]any{"op": "remove", "path": `members[value eq "` + id + `"]`})
	}
	return ops
}

func values(ids []string) []any {
	list := []any{}
	for _, id := range ids {
		list = append(list, map[string]any{"value": id})
	}
	return list
}

// valuesOf returns the sorted sub-attributes `value` of a multi-valued attribute.
func valuesOf(a scimtest.Answer, attribute string) []string {
	ids := []string{}
	list, _ := a.Body[attribute].([]any)
	for _, e := range list {
		object, _ := e.(map[string]any)
		ids = append(ids, fmt.Sprint(object["value"]))
	}
	slices.Sort(ids)
	return ids
}

// While the user "guard" is a member of a group, the group's name ends with the
// constant guarded. Writers change the name and the membership in one PATCH.
const guarded = ", guarded"

// TestWritersOfOneGroup checks that if 64 writers change one group concurrently, no
// change is lost and no response shows half of a PATCH.
func TestWritersOfOneGroup(t *testing.T) {
	t.Parallel()
	crowds(t, func(c *crowd) {
		const each = 4 // people for each writer
		var people [writers][each]string
		c.all(func(w int, _ *rand.Rand) {
			for i := range people[w] {
				people[w][i] = c.newUser(fmt.Sprintf("p%d.%d", w, i))
			}
		})
		var first []string
		for w := range people {
			first = append(first, people[w][0])
		}
		guard := c.newUser("guard") // this user is a member exactly while the group's name ends with guarded
		care := "/Groups/" + c.newGroup("Care 0", first...)
		c.ask("PATCH", care, change(op("add", "externalId", "Care 0")), 204)

		var in [writers][each]bool // whether each person is a member after the writer's last PATCH
		write := func(w int, r *rand.Rand) {
			in[w][0] = true
			for step := range 5 {
				var ops []map[string]any
				switch r.IntN(4) {
				case 0: // exactly one of the two people is a member
					from, to := 0, 1
					if in[w][1] {
						from, to = 1, 0
					}
					ops = append(leaves(r, people[w][from]), joins(r, people[w][to]))
					in[w][from], in[w][to] = false, true
				case 1:
					ops = append(ops, joins(r, people[w][2], people[w][3]))
					in[w][2], in[w][3] = true, true
				case 2:
					i := 2 + r.IntN(2)
					ops = leaves(r, people[w][i])
					in[w][i] = false
				case 3:
					name := fmt.Sprintf("Care %d.%d", w, step)
					if r.IntN(2) == 0 {
						ops = leaves(r, guard)
					} else {
						name += guarded
						ops = append(ops, joins(r, guard))
					}
					ops = append(ops, op("replace", "displayName", name), op("replace", "externalId", name))
				}
				c.ask("PATCH", care, change(ops...), 204)
			}
		}
		read := func(get func() scimtest.Answer) func() {
			return func() {
				g := get()
				if g.Body["displayName"] != g.Body["externalId"] {
					c.Errorf("a reader saw half of a PATCH: displayName %v, externalId %v", g.Body["displayName"], g.Body["externalId"])
				}
				members := valuesOf(g, "members")
				if _, in := slices.BinarySearch(members, guard); in != strings.HasSuffix(fmt.Sprint(g.Body["displayName"]), guarded) {
					c.Errorf("a reader saw half of a PATCH: displayName %v, the guard is a member: %v", g.Body["displayName"], in)
				}
				for w := range people {
					_, a := slices.BinarySearch(members, people[w][0])
					_, b := slices.BinarySearch(members, people[w][1])
					if a == b {
						c.Errorf("a reader saw half of a PATCH: two people who replace each other are both members or both not, both: %v", a)
					}
				}
			}
		}
		c.whileReading(func() { c.all(write) },
			read(func() scimtest.Answer { return c.ask("GET", care, nil, 200) }),
			read(func() scimtest.Answer { return c.listed("/Groups?count=1") }))

		var want []string
		if strings.HasSuffix(fmt.Sprint(c.ask("GET", care, nil, 200).Body["displayName"]), guarded) {
			want = append(want, guard)
		}
		for w := range people {
			for i, id := range people[w] {
				if in[w][i] {
					want = append(want, id)
				}
			}
		}
		slices.Sort(want)
		if got := valuesOf(c.ask("GET", care, nil, 200), "members"); !slices.Equal(got, want) {
			c.Errorf("got %d members, want %d, so changes are lost\n%v\n%v", len(got), len(want), got, want)
		}
	})
}

// listed sends a list request and returns the first resource of the response.
func (c *crowd) listed(path string) scimtest.Answer {
	a := c.ask("GET", path, nil, 200)
	list, _ := a.Body["Resources"].([]any)
	if len(list) == 0 {
		c.Errorf("GET %s: got no resource", path)
		return a
	}
	a.Body, _ = list[0].(map[string]any)
	return a
}

// TestWritersOfOneUser checks that if 64 writers change one user concurrently, no
// change is lost, no response shows half of a PATCH, and the version never
// decreases.
func TestWritersOfOneUser(t *testing.T) {
	t.Parallel()
	crowds(t, func(c *crowd) {
		ann := "/Users/" + c.newUser("ann")
		c.ask("PATCH", ann, change(op("add", "title", "0"), op("add", "nickName", "0")), 200)
		var last [writers]string // the address that each writer wrote last; "": none
		write := func(w int, r *rand.Rand) {
			path := fmt.Sprintf(`emails[type eq "w%d"]`, w)
			for step := range 4 {
				n := fmt.Sprintf("%d.%d", w, step)
				switch r.IntN(3) {
				case 0:
					c.ask("PATCH", ann, change(op("replace", "title", n), op("replace", "nickName", n)), 200)
				case 1:
					c.ask("PATCH", ann, change(op("Replace", path+".value", n), op("Replace", path+".display", n)), 200)
					last[w] = n
				case 2:
					c.ask("PATCH", ann, change(map[string]any{"op": "remove", "path": path}), 200)
					last[w] = ""
				}
			}
		}
		read := func(get func() scimtest.Answer) func() {
			version := 0
			return func() { version = c.checkWhole(get(), version) }
		}
		c.whileReading(func() { c.all(write) },
			read(func() scimtest.Answer { return c.ask("GET", ann, nil, 200) }),
			read(func() scimtest.Answer { return c.listed("/Users?filter=userName+eq+%22ann%22") }))
		var want []string
		for _, n := range last {
			if n != "" {
				want = append(want, n)
			}
		}
		slices.Sort(want)
		if got := valuesOf(c.ask("GET", ann, nil, 200), "emails"); !slices.Equal(got, want) {
			c.Errorf("changes are lost: got emails %v, want %v", got, want)
		}
	})
}

// checkWhole fails the test if the user in a response shows half of a PATCH, or a
// version lower than last. It returns the user's version.
func (c *crowd) checkWhole(a scimtest.Answer, last int) (version int) {
	if a.Body["title"] != a.Body["nickName"] {
		c.Errorf("a reader saw half of a PATCH: title %v, nickName %v", a.Body["title"], a.Body["nickName"])
	}
	emails, _ := a.Body["emails"].([]any)
	for _, e := range emails {
		if e, _ := e.(map[string]any); e["value"] != e["display"] {
			c.Errorf("a reader saw half of a PATCH: %v", e)
		}
	}
	meta, _ := a.Body["meta"].(map[string]any)
	if _, err := fmt.Sscanf(fmt.Sprint(meta["version"]), `W/"%d"`, &version); err != nil || version < last {
		c.Errorf("got version %v after %d", meta["version"], last)
	}
	if tag := a.Header.Get("ETag"); tag != "" && tag != meta["version"] {
		c.Errorf("got ETag %s of version %v", tag, meta["version"])
	}
	return version
}
