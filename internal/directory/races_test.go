package directory_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
)

// TestWritersOfManyGroups checks a run in which 64 writers move the same people
// between the same groups in random order, rename the groups and deactivate people.
// There must be no deadlock, and at the end the members of the groups and the
// groups of the users must agree.
func TestWritersOfManyGroups(t *testing.T) {
	t.Parallel()
	crowds(t, func(c *crowd) {
		people := make([]string, 24)
		for i := range people {
			people[i] = c.newUser(fmt.Sprintf("p%d", i))
		}
		var groups []string
		for i := range 3 {
			groups = append(groups, c.newGroup(fmt.Sprintf("Group %d", i), people[:8*i]...))
		}
		c.all(func(w int, r *rand.Rand) {
			for step := range 4 {
				group := "/Groups/" + groups[r.IntN(len(groups))]
				some := make([]string, 0, 12)
				for _, i := range r.Perm(len(people))[:12] {
					some = append(some, people[i])
				}
				name := fmt.Sprintf("Group of %d.%d", w, step)
				switch r.IntN(6) {
				case 0:
					c.ask("PATCH", group, change(joins(r, some...)), 204)
				case 1:
					c.ask("PATCH", group, change(leaves(r, some...)...), 204)
				case 2:
					c.ask("PATCH", group, change(op("replace", "members", values(some))), 204)
				case 3:
					c.ask("PUT", group, map[string]any{"displayName": name, "members": values(some)}, 200)
				case 4:
					c.ask("PATCH", group, change(op("replace", "displayName", name)), 204)
				case 5:
					c.ask("PATCH", "/Users/"+some[0], change(op("replace", "active", r.IntN(2) == 0), op("replace", "title", name)), 200)
				}
			}
		})
		want := map[string][]string{} // :: user → groups
		for _, group := range groups {
			for _, id := range valuesOf(c.ask("GET", "/Groups/"+group, nil, 200), "members") {
				want[id] = append(want[id], group)
			}
		}
		for _, id := range people {
			slices.Sort(want[id])
			if got := valuesOf(c.ask("GET", "/Users/"+id, nil, 200), "groups"); !slices.Equal(got, want[id]) {
				c.Errorf("user %s shows the groups %v, but is a member of %v", id, got, want[id])
			}
		}
	})
}

// TestWritersOfOneName checks that if several writers create a resource with the
// same name, one succeeds. The other writers get 409, and nothing of their writes
// remains (docs/reference/identity-providers.md, rows 2 and 4).
func TestWritersOfOneName(t *testing.T) {
	t.Parallel()
	const names = 8
	for _, row := range []struct {
		what  string
		write func(c *crowd, name string, w int) (status int)
		made  int
	}{
		{"creates of users", func(c *crowd, name string, _ int) int {
			return c.ask("POST", "/Users", map[string]any{"userName": name}, 201, 409).Status
		}, 201},
		{"creates of groups", func(c *crowd, name string, _ int) int {
			return c.ask("POST", "/Groups", map[string]any{"displayName": name}, 201, 409).Status
		}, 201},
		{"renames of users", func(c *crowd, name string, w int) int {
			id := c.newUser(fmt.Sprintf("old %d", w))
			return c.ask("PATCH", "/Users/"+id, change(op("replace", "userName", name)), 200, 409).Status
		}, 200},
		{"renames of groups", func(c *crowd, name string, w int) int {
			id := c.newGroup(fmt.Sprintf("old %d", w))
			return c.ask("PATCH", "/Groups/"+id, change(op("replace", "displayName", name)), 204, 409).Status
		}, 204},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			crowds(t, func(c *crowd) {
				var made, taken [names]atomic.Int64
				c.all(func(w int, r *rand.Rand) {
					spelling := []string{"Name %d", "NAME %d", "name %d"}[r.IntN(3)]
					if row.write(c, fmt.Sprintf(spelling, w%names), w) == row.made {
						made[w%names].Add(1)
					} else {
						taken[w%names].Add(1)
					}
				})
				for i := range names {
					if got, lost := made[i].Load(), taken[i].Load(); got != 1 || lost != writers/names-1 {
						c.Errorf("name %d: %d got it and %d got 409, want 1 and %d", i, got, lost, writers/names-1)
					}
				}
			})
		})
	}
}

// TestCompareAndSet checks that no increment is lost if 64 writers increment a
// number in one resource: each writer reads the resource and replaces it with
// If-Match.
func TestCompareAndSet(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what, attribute string
		verb            string
		make            func(c *crowd) string
	}{
		{"a user, by PATCH", "nickName", "PATCH", func(c *crowd) string { return "/Users/" + c.newUser("ann") }},
		{"a user, by PUT", "nickName", "PUT", func(c *crowd) string { return "/Users/" + c.newUser("ann") }},
		{"a group, by PATCH", "externalId", "PATCH", func(c *crowd) string { return "/Groups/" + c.newGroup("Care") }},
		{"a group, by PUT", "externalId", "PUT", func(c *crowd) string { return "/Groups/" + c.newGroup("Care") }},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			crowds(t, func(c *crowd) {
				path := row.make(c)
				var late atomic.Int64
				c.all(func(int, *rand.Rand) {
					for !c.Failed() {
						a := c.ask("GET", path, nil, 200)
						text, _ := a.Body[row.attribute].(string)
						n, _ := strconv.Atoi(text)
						next := strconv.Itoa(n + 1)
						var body any = change(op("replace", row.attribute, next))
						if row.verb == "PUT" {
							a.Body[row.attribute] = next
							body = a.Body
						}
						if c.askIf(a.Header.Get("ETag"), row.verb, path, body, 200, 204, 412).Status != 412 {
							return
						}
						late.Add(1)
					}
				})
				if got := c.ask("GET", path, nil, 200).Body[row.attribute]; got != strconv.Itoa(writers) {
					c.Errorf("got the number %v, want %d", got, writers)
				}
				if late.Load() == 0 {
					c.Error("no writer got 412, so the test proves nothing")
				}
			})
		})
	}
}
