package directory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// TestListsRefused checks that if the store cannot serve a list, the refusal says
// why.
func TestListsRefused(t *testing.T) {
	t.Parallel()
	s := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, store.SQLite), MaxScan: 1})
	r := &rig{T: t, Directory: directory.New(s, okta), store: s, ctx: t.Context()}
	ids := []scim.ID{r.user(scim.Document{"userName": "a"}).ID, r.user(scim.Document{"userName": "b"}).ID}
	r.group("g", ids...)
	r.group("h")
	compare := func(attr, sub string) scim.Filter {
		return scim.Compare{Attr: attr, Sub: sub, Op: scim.Co, Value: "a"}
	}
	many := scim.Or{}
	for range scim.MaxFilterTerms + 1 {
		many = append(many, compare("title", ""))
	}
	users := func(q scim.Query) error { _, err := r.Users(r.ctx, q); return err }
	groups := func(q scim.Query) error { _, err := r.Groups(r.ctx, q); return err }
	oneGroup := scim.Compare{Attr: "displayName", Op: scim.Eq, Value: "g"}
	for name, test := range map[string]struct {
		err        error
		kind, text string
	}{
		"comparisons": {users(scim.Query{Filter: many}), refusal.InvalidFilter, "comparisons"},
		"users":       {users(scim.Query{Filter: compare("title", "")}), refusal.TooMany, "more than 1 users"},
		"groups":      {groups(scim.Query{Sort: scim.Sort{By: scim.Path{Attr: "members", Sub: "value"}}}), refusal.TooMany, "more than 1 groups"},
		"members":     {groups(scim.Query{Filter: scim.And{oneGroup, compare("members", "display")}}), refusal.TooMany, "more than 1 members"},
	} {
		e, ok := errors.AsType[*scim.Error](test.err)
		if !ok || e.Status != 400 || e.Type != test.kind || !strings.Contains(e.Detail, test.text) {
			t.Errorf("%s: got %v, want 400 %s: %s", name, test.err, test.kind, test.text)
		}
	}
}
