package store

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// TestFilterPlans checks that, for common filters, SQLite uses the index on the
// filtered column. Without hints SQLite prefers an index in the order of the result,
// and reads all rows.
func TestFilterPlans(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "plans.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	is := func(attr string, op scim.CompareOp, value any) scim.Compare {
		attr, sub, _ := strings.Cut(attr, ".")
		return scim.Compare{Attr: attr, Sub: sub, Op: op, Value: value}
	}
	manager := scim.Compare{URN: scim.URNEnterprise, Attr: "manager", Sub: "value", Op: scim.Eq, Value: "x"}
	work := scim.Element{Attr: "emails", Filter: scim.And{is("type", scim.Eq, "work"), is("value", scim.Eq, "x")}}
	for name, test := range map[string]struct {
		query scim.Query
		index string
	}{
		"everybody":           {scim.Query{}, "scim_user_created (connection_id=?)"},
		"by name":             {scim.Query{Sort: scim.Sort{By: scim.Path{Attr: "userName"}}}, "scim_user_user_name_fold (connection_id=?)"},
		"id":                  {scim.Query{Filter: is("id", scim.Eq, "x")}, "sqlite_autoindex_scim_user_1 (connection_id=? AND user_id=?)"},
		"userName":            {scim.Query{Filter: is("userName", scim.Eq, "x")}, "scim_user_user_name_fold (connection_id=? AND user_name_fold=?)"},
		"userName and active": {scim.Query{Filter: scim.And{is("userName", scim.Eq, "x"), is("active", scim.Eq, true)}}, "scim_user_user_name_fold (connection_id=? AND user_name_fold=?)"},
		"userName sw":         {scim.Query{Filter: is("userName", scim.Sw, "x")}, "scim_user_user_name_fold (connection_id=? AND user_name_fold>? AND user_name_fold<?)"},
		"externalId":          {scim.Query{Filter: is("externalId", scim.Eq, "x")}, "scim_user_external_id (connection_id=? AND external_id=?)"},
		"displayName":         {scim.Query{Filter: is("displayName", scim.Eq, "x")}, "scim_user_display_fold (connection_id=? AND display_fold=?)"},
		"manager":             {scim.Query{Filter: manager}, "scim_user_manager_id (connection_id=? AND manager_id=?)"},
		"emails":              {scim.Query{Filter: is("emails", scim.Eq, "x")}, "user_email_fold (connection_id=? AND email_fold=?)"},
		"emails of a type":    {scim.Query{Filter: work}, "user_email_fold (connection_id=? AND email_fold=? AND type_fold=?)"},
		"groups":              {scim.Query{Filter: is("groups", scim.Eq, "x")}, "SEARCH g USING COVERING INDEX sqlite_autoindex_scim_group_1 (connection_id=? AND group_id=?); SEARCH m USING COVERING INDEX sqlite_autoindex_membership_1 (connection_id=? AND group_id=?)"},
		"groups by name":      {scim.Query{Filter: is("groups.display", scim.Sw, "x")}, "scim_group_display_name_fold (connection_id=? AND display_name_fold>? AND display_name_fold<?)"},
		"in no group":         {scim.Query{Filter: scim.Not{Term: is("groups", scim.Pr, nil)}}, "CORRELATED SCALAR SUBQUERY 1; SEARCH m USING COVERING INDEX membership_member (connection_id=? AND member_id=?)"},
		"changed":             {scim.Query{Filter: is("meta.lastModified", scim.Gt, "2026-01-01T00:00:00Z")}, "scim_user_modified (connection_id=? AND modified_at>?)"},
		"away":                {scim.Query{Filter: is("active", scim.Eq, false)}, "scim_user_away (connection_id=?)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if plan := planOf(t, s, userResource(), test.query); !strings.Contains(plan, test.index) {
				t.Errorf("got %s, want %s", plan, test.index)
			}
		})
	}
	for name, test := range map[string]struct {
		filter scim.Filter
		index  string
	}{
		"a member":           {is("members.value", scim.Eq, "x"), "membership_member (connection_id=? AND member_id=?)"},
		"one of two members": {scim.Element{Attr: "members", Filter: scim.Or{is("value", scim.Eq, "x"), is("value", scim.Eq, "y")}}, "membership_member (connection_id=? AND member_id=?)"},
		"any member":         {is("members", scim.Pr, nil), "CORRELATED SCALAR SUBQUERY 1; SEARCH m USING COVERING INDEX sqlite_autoindex_membership_1 (connection_id=? AND group_id=?)"},
		"another member":     {is("members", scim.Ne, "x"), "sqlite_autoindex_membership_1 (connection_id=? AND group_id=?)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if plan := planOf(t, s, groupResource(), scim.Query{Filter: test.filter}); !strings.Contains(plan, test.index) {
				t.Errorf("got %s, want %s", plan, test.index)
			}
		})
	}
}

// planOf returns SQLite's query plan for a page.
func planOf[T any](t *testing.T, s *Store, l list.Resource[T], q scim.Query) (plan string) {
	t.Helper()
	f := l.Select("a", q)
	order := f.Order()
	if column, ok := l.Attributes.Sorted(q.Sort); ok {
		order = column.Order(false) + ", " + order
	}
	err := s.db.Reader().Query(t.Context(), "explain query plan select "+l.Columns+" from "+l.Table+" where "+f.SQL+" order by "+order+" limit 100 offset 0",
		f.Args, func(r db.Row) error {
			var id, parent, unused int
			var detail string
			err := r.Scan(&id, &parent, &unused, &detail)
			plan += detail + "; "
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
