package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/flexscim/flexscim/internal/config"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// envPeople names an environment variable with a list of numbers, such as
// "1000,100000". BenchmarkScale, BenchmarkInitialCycle, BenchmarkProgram and
// BenchmarkMemory run once with each of these numbers of people.
const envPeople = "FLEXSCIM_PEOPLE"

// BenchmarkScale measures an IdP's requests to directories with different numbers
// of people. The queue does not run, so no Workers are created.
func BenchmarkScale(b *testing.B) {
	databases(b, func(b *testing.B, url string) {
		d := serveQuietly(b, url)
		for _, n := range sizes(b, "1000,100000") {
			d.fill(b, n)
			b.Run(fmt.Sprint(n, "-people"), func(b *testing.B) {
				d.reads(b)
				d.pages(b)
				d.members(b)
			})
		}
	})
}

// directoryOf is a client of a SCIM server that runs in this process, with the
// server's store and the ids of its users.
type directoryOf struct {
	*load
	store *store.Store
	ids   []string
}

// directoryOf.each runs a sub-benchmark with loadWriters concurrent calls of the
// function ask. Every call of ask must send one request. The sub-benchmark reports
// the requests per second and the percentiles of their durations.
func (d *directoryOf) each(b *testing.B, name string, ask func(i int) error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		took := make([]time.Duration, b.N)
		rate(b, "op/s", func(i int) error {
			began := time.Now()
			err := ask(i)
			took[i] = time.Since(began)
			return err
		})
		percentiles(b, "op", took)
	})
}

// get sends GET to a path. If the response does not contain the argument want, get
// returns an error.
func (l *load) get(path, want string) error {
	answer, err := l.send("GET", path, "", http.StatusOK)
	if err == nil && !strings.Contains(string(answer), want) {
		err = fmt.Errorf("GET %s: got %.200s, want %s in it", path, answer, want)
	}
	return err
}

func (d *directoryOf) reads(b *testing.B) {
	b.Helper()
	some := func(i int) int { return i * 7919 % len(d.ids) }
	d.each(b, "get", func(i int) error { return d.get("/Users/"+d.ids[some(i)], `"userName"`) })
	for _, attribute := range []string{"userName", "externalId"} {
		d.each(b, "filter-"+attribute, func(i int) error {
			value := benchName(some(i))
			if attribute == "externalId" {
				value = "00u" + value
			}
			return d.get(usersWith(attribute, value), `"totalResults":1`)
		})
	}
}

// pages measures requests for a page of 100 users: by index at the start, in the
// middle and at the end of the list, and by cursor in the middle of the list.
func (d *directoryOf) pages(b *testing.B) {
	b.Helper()
	n := len(d.ids)
	for _, at := range []struct {
		name  string
		start int
	}{{"page-start", 1}, {"page-middle", n/2 + 1}, {"page-end", n - 99}} {
		d.each(b, at.name, func(int) error {
			return d.get(fmt.Sprintf("/Users?count=100&startIndex=%d", at.start), `"itemsPerPage":100`)
		})
	}
	cursor := d.middle(b)
	d.each(b, "page-cursor-middle", func(int) error {
		return d.get("/Users?count=100&cursor="+cursor, `"nextCursor"`)
	})
}

// middle returns the cursor of a page in the middle of the list of users.
func (d *directoryOf) middle(b *testing.B) (cursor string) {
	b.Helper()
	for seen := 0; seen < len(d.ids)/2; seen += 1000 {
		answer, err := d.send("GET", "/Users?attributes=id&count=1000&cursor="+cursor, "", http.StatusOK)
		if err != nil {
			b.Fatal(err)
		}
		var page struct{ NextCursor string }
		if err := json.Unmarshal(answer, &page); err != nil {
			b.Fatal(err)
		}
		if page.NextCursor == "" {
			break
		}
		cursor = page.NextCursor
	}
	return cursor
}

// members measures requests that change or read a group, for a group with 10
// members and for a group with all users.
func (d *directoryOf) members(b *testing.B) {
	b.Helper()
	for _, size := range []int{10, len(d.ids)} {
		group := d.group(b, d.ids[:size])
		newcomer, err := d.create(fmt.Sprintf("newcomer%d@%s.example.com", len(d.ids), group))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint("group-of-", size), func(b *testing.B) {
			one := func(name string, ask func(i int) error) {
				b.Run(name, func(b *testing.B) {
					for i := range b.N {
						if err := ask(i); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			one("add-and-remove-one", func(i int) error {
				if i%2 == 1 {
					return d.leave(group, newcomer)
				}
				return d.join(group, newcomer)
			})
			one("members-eq", func(int) error {
				return d.get("/Groups?excludedAttributes=members&filter="+url.QueryEscape(`members[value eq "`+d.ids[0]+`"]`), group)
			})
			one("get-without-members", func(int) error { return d.get("/Groups/"+group+"?excludedAttributes=members", group) })
		})
	}
	d.large(b)
}

// large measures requests that each contain 1,000 members or more.
func (d *directoryOf) large(b *testing.B) {
	b.Helper()
	if len(d.ids) < 11_000 {
		return
	}
	all := d.group(b, d.ids[1000:])
	b.Run("push-1000", func(b *testing.B) {
		for i := range b.N {
			verb := []string{"add", "remove"}[i%2]
			if err := d.patch(all, `{"op":"`+verb+`","path":"members","value":[`+memberList(d.ids[:1000])+`]}`); err != nil {
				b.Fatal(err)
			}
		}
	})
	some := d.group(b, d.ids[:10_000])
	b.Run("put-10000-one-change", func(b *testing.B) {
		for i := range b.N {
			body := fmt.Sprintf(`{"displayName":"Put %s","members":[%s]}`, some, memberList(d.ids[:10_000-i%2]))
			if _, err := d.send("PUT", "/Groups/"+some, body, http.StatusOK); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func (l *load) patch(group, op string) error {
	_, err := l.send("PATCH", "/Groups/"+group, `{"Operations":[`+op+`]}`, http.StatusNoContent)
	return err
}

// join adds members to a group, as Okta and Entra do.
func (l *load) join(group string, ids ...string) error {
	return l.patch(group, `{"op":"add","path":"members","value":[`+memberList(ids)+`]}`)
}

// leave removes a member from a group, as Okta does.
func (l *load) leave(group, id string) error {
	return l.patch(group, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`)
}

func (l *load) patchUser(id, op string) error {
	_, err := l.send("PATCH", "/Users/"+id, `{"Operations":[`+op+`]}`, http.StatusOK)
	return err
}

// usersWith returns the path and query of a request for the users whose attribute
// has this value.
func usersWith(attribute, value string) string {
	return "/Users?filter=" + url.QueryEscape(attribute+` eq "`+value+`"`)
}

func memberList(ids []string) string {
	return `{"value":"` + strings.Join(ids, `"},{"value":"`) + `"}`
}

// group creates a group and adds the members, with at most 5,000 in each request. It
// returns the group's id.
func (l *load) group(b *testing.B, members []string) string {
	b.Helper()
	answer, err := l.send("POST", "/Groups", fmt.Sprintf(`{"displayName":"Group %s"}`, scim.NewID()), http.StatusCreated)
	if err != nil {
		b.Fatal(err)
	}
	var made struct{ ID string }
	if err := json.Unmarshal(answer, &made); err != nil {
		b.Fatal(err)
	}
	for part := range slices.Chunk(members, 5000) {
		if err := l.join(made.ID, part...); err != nil {
			b.Fatal(err)
		}
	}
	return made.ID
}

func benchName(i int) string { return fmt.Sprintf("user%d@example.com", i) }

// fill creates users directly in the store until the directory has n users.
func (d *directoryOf) fill(b *testing.B, n int) {
	b.Helper()
	c, err := d.store.ConnectionByName(b.Context(), sandboxConnection)
	if err != nil {
		b.Fatal(err)
	}
	const atOnce = 1000
	for len(d.ids) < n {
		from := len(d.ids)
		var made []string
		err := d.store.Write(b.Context(), store.AnyKey, func(tx *store.Tx) error {
			made = nil
			for i := from; i < min(from+atOnce, n); i++ {
				name := benchName(i)
				u := scim.User{ID: scim.NewID(), Meta: scim.Meta{Created: tx.Now(), LastModified: tx.Now(), Version: 1}, Doc: scim.Document{
					"userName": name, "externalId": "00u" + name, "displayName": "Ann Example", "active": true,
					"name":   map[string]any{"givenName": "Ann", "familyName": "Example"},
					"emails": []any{map[string]any{"value": name, "type": "work", "primary": true}},
				}}
				if err := tx.InsertUser(b.Context(), c.ID, u, store.Why{Urgency: store.Joining}); err != nil {
					return err
				}
				made = append(made, string(u.ID))
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		d.ids = append(d.ids, made...)
	}
}

// serveQuietly serves SCIM in this process. The queue does not run, so no Workers
// are created.
func serveQuietly(b *testing.B, url string) *directoryOf {
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
	if _, err := o.token(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Shutdown(context.Background()) })
	return &directoryOf{load: newLoad("http://" + listener.Addr().String() + "/scim/v2"), store: a.store}
}
