package directory

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// changer is a directory in which other writes happen while a change is applied.
type changer struct {
	*testing.T
	*Directory

	user  scim.ID
	group scim.ID
	calls int // number of calls of the function that applies the change
}

// changers runs the function test on each engine, with a changer that has a user and
// a group.
func changers(t *testing.T, test func(c *changer)) {
	t.Helper()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		c := &changer{T: t, Directory: New(open(t), store.Connection{ID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Name: "okta"})}
		user, err := c.CreateUser(t.Context(), scim.User{Doc: scim.Document{"userName": "ann", "title": ""}})
		if err != nil {
			t.Fatal(err)
		}
		group, err := c.CreateGroup(t.Context(), scim.Group{Doc: scim.Document{"displayName": "Care"}})
		if err != nil {
			t.Fatal(err)
		}
		c.user, c.group = user.ID, group.ID
		test(c)
	})
}

// set makes another request that changes one attribute of the user.
func (c *changer) set(attribute string, value any) {
	_, err := c.PatchUser(c.Context(), c.user, []scim.Op{{Kind: scim.Replace, Path: scim.Path{Attr: attribute}, Value: value}}, scim.Condition{})
	if err != nil {
		c.Errorf("another request: %v", err)
	}
}

// join makes another request that adds the user to the group.
func (c *changer) join() {
	_, err := c.PatchGroup(c.Context(), c.group, []scim.Op{{Kind: scim.Add, Path: scim.Path{Attr: "members"}, Value: string(c.user)}}, scim.Condition{})
	if err != nil {
		c.Errorf("another request: %v", err)
	}
}

// TestApplyOutside checks that a change of a user is applied while other writes are
// committed, that none of the changes is lost, and that a change ends even if the
// document changes all the time.
func TestApplyOutside(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		other func(c *changer, call int) // makes another request while the change is applied outside of a transaction
		calls int                        // how often the change is applied
		nick  string                     // nickName at the end, set by another request
		err   error
	}{
		{"nothing else", func(*changer, int) {}, 1, "", nil},
		{"the user joins a group", func(c *changer, _ int) { c.join() }, 1, "", nil},
		{"the document changes once", func(c *changer, call int) {
			if call == 1 {
				c.set("nickName", "1")
			}
		}, 2, "1", nil},
		{"the document changes all the time", func(c *changer, call int) { c.set("nickName", fmt.Sprint(call)) }, maxTries + 1, "3", nil},
		{"the user is deleted", func(c *changer, _ int) {
			if err := c.DeleteUser(c.Context(), c.user, scim.Condition{}); err != nil {
				c.Error(err)
			}
		}, 1, "", errors.New("404")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			changers(t, func(c *changer) {
				got, err := c.changeUser(c.Context(), c.user, scim.Condition{}, func(w *scim.Work, old scim.Document) (scim.Document, error) {
					if c.calls++; w.Most != maxLocked { // not inside of the transaction, because another write would wait for ever
						row.other(c, c.calls)
					}
					doc := maps.Clone(old)
					doc["title"] = old.Text("title") + "x"
					return doc, nil
				})
				if (err != nil) != (row.err != nil) || c.calls != row.calls {
					c.Fatalf("got %v after %d calls, want %v after %d", err, c.calls, row.err, row.calls)
				}
				if err != nil {
					return
				}
				now, err := c.User(c.Context(), c.user)
				if err != nil || now.Doc.Text("title") != "x" || now.Doc.Text("nickName") != row.nick {
					c.Errorf("got %v, %v, want the title x and the nickName %q", now.Doc, err, row.nick)
				}
				if got.Meta != now.Meta || len(got.Groups) != len(now.Groups) {
					c.Errorf("the result has %+v and %d groups, want %+v and %d", got.Meta, len(got.Groups), now.Meta, len(now.Groups))
				}
			})
		})
	}
}

// TestExpensiveNeverLocks checks that a change which needs much work is never applied
// inside of the transaction.
func TestExpensiveNeverLocks(t *testing.T) {
	t.Parallel()
	changers(t, func(c *changer) {
		var emails []any
		for i := range 400 {
			emails = append(emails, map[string]any{"value": fmt.Sprintf("a%d@example.com", i), "type": "work"})
		}
		c.set("emails", emails)
		path, err := scim.ParsePath(scim.UserType(), `emails[type eq "work"].display`, scim.FilterLimits{Bytes: 100, Terms: 4, Depth: 4})
		if err != nil {
			c.Fatal(err)
		}
		var ops []scim.Op
		for i := range 20 {
			ops = append(ops, scim.Op{Kind: scim.Replace, Path: path, Value: fmt.Sprint(i)})
		}
		locked := 0
		_, err = c.changeUser(c.Context(), c.user, scim.Condition{}, func(w *scim.Work, old scim.Document) (scim.Document, error) {
			c.calls++
			doc, err := w.Apply(scim.UserType(), old, ops)
			if w.Most == maxLocked {
				if locked++; err == nil {
					c.Error("the change was applied inside of the transaction")
				}
			} else if c.calls <= maxTries {
				c.set("nickName", fmt.Sprint(c.calls))
			}
			return doc, err
		})
		if err != nil || locked != 1 || c.calls != maxTries+2 {
			c.Errorf("got %v after %d calls, %d of them inside; want no error after %d, 1 inside", err, c.calls, locked, maxTries+2)
		}
	})
}

// TestApplyGroupOutside checks for a group what TestApplyOutside checks for a user.
// A change that depends on members is applied again if the members have changed.
func TestApplyGroupOutside(t *testing.T) {
	t.Parallel()
	rename := func(c *changer, name string) {
		_, err := c.PatchGroup(c.Context(), c.group, []scim.Op{{Kind: scim.Replace, Path: scim.Path{Attr: "displayName"}, Value: name}}, scim.Condition{})
		if err != nil {
			c.Errorf("another request: %v", err)
		}
	}
	for _, row := range []struct {
		name  string
		looks bool // the change depends on members
		other func(c *changer, call int)
		calls int
	}{
		{"nothing else", true, func(*changer, int) {}, 1},
		{"a member joins, and the change does not depend on members", false, func(c *changer, _ int) { c.join() }, 1},
		{"a member joins, and the change depends on members", true, func(c *changer, _ int) { c.join() }, 2},
		{"the document changes all the time", false, func(c *changer, call int) { rename(c, fmt.Sprint("Care ", call)) }, maxTries + 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			changers(t, func(c *changer) {
				members := 0
				_, err := c.changeGroup(c.Context(), c.group, scim.Condition{}, func(w *scim.Work, old scim.Document, look scim.MemberReader) (groupEdit, error) {
					c.calls++
					doc := maps.Clone(old)
					doc["externalId"] = old.DisplayName()
					if row.looks {
						found, err := look([]scim.ID{c.user})
						if err != nil {
							return groupEdit{}, err
						}
						members = len(found)
					}
					if w.Most != maxLocked {
						row.other(c, c.calls)
					}
					return groupEdit{doc: doc}, nil
				})
				if err != nil || c.calls != row.calls {
					c.Fatalf("got %v after %d calls, want no error after %d", err, c.calls, row.calls)
				}
				now, err := c.Group(c.Context(), c.group, true)
				if err != nil || now.Doc.ExternalID() != now.Doc.DisplayName() {
					c.Errorf("got %v, %v, want the externalId of the last name", now.Doc, err)
				}
				if row.looks && members != len(now.Members) {
					c.Errorf("the change saw %d members, want %d", members, len(now.Members))
				}
			})
		})
	}
}
