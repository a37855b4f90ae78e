package directory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// okta and entra are two connections. Neither may read or change the other's
// resources.
var (
	okta  = store.Connection{ID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Name: "okta", Settings: store.Settings{Kind: "okta"}}
	entra = store.Connection{ID: "bbbbbbbbbbbbbbbbbbbbbbbbbb", Name: "entra", Settings: store.Settings{Kind: "entra"}}
)

// rig is the directory of the connection okta, with a store that only one test
// uses.
type rig struct {
	*testing.T
	*directory.Directory

	store *store.Store
	ctx   context.Context // of a request
}

// engines runs a test once on each engine, each time with a new rig.
func engines(t *testing.T, test func(r *rig)) {
	t.Helper()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		test(&rig{T: t, Directory: directory.New(s, okta), store: s, ctx: logfield.WithRequestID(t.Context(), "ref-1")})
	})
}

// must[V](t) returns a function that takes the results of a call. This function
// returns v, or fails the test if err is not nil.
func must[V any](t *testing.T) func(v V, err error) V {
	t.Helper()
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		return v
	}
}

func (r *rig) user(doc scim.Document) scim.User {
	r.Helper()
	return must[scim.User](r.T)(r.CreateUser(r.ctx, scim.User{Doc: doc}))
}

func (r *rig) group(name string, members ...scim.ID) scim.ID {
	r.Helper()
	g := scim.Group{Doc: scim.Document{"displayName": name}}
	for _, id := range members {
		g.Members = append(g.Members, scim.Member{Value: id})
	}
	return must[scim.Group](r.T)(r.CreateGroup(r.ctx, g)).ID
}

func (r *rig) person(id scim.ID) store.Person {
	r.Helper()
	return must[store.Person](r.T)(r.store.Person(r.ctx, store.PersonKey{Connection: okta.ID, User: id}))
}

// settle saves the outcome that Flex matches the person's desired generation.
func (r *rig) settle(id scim.ID) {
	r.Helper()
	p := r.person(id)
	err := r.store.Write(r.ctx, store.AnyKey, func(tx *store.Tx) error {
		_, err := tx.SaveOutcome(r.ctx, p.Key, store.Outcome{Generation: p.Desired, State: store.Settled})
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

// rig.behind returns the urgency of each person whose desired generation is not
// fulfilled in Flex yet.
func (r *rig) behind() map[scim.ID]store.Urgency {
	r.Helper()
	people := map[scim.ID]store.Urgency{}
	touches, _, err := r.store.Behind(r.ctx, 100)
	for _, touch := range must[[]store.Touch](r.T)(touches, err) {
		people[touch.Key.User] = touch.Urgency
	}
	return people
}

func (r *rig) equal(what string, got, want any) {
	r.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func replace(attribute string, v any) scim.Op {
	return scim.Op{Kind: scim.Replace, Path: scim.Path{Attr: attribute}, Value: v}
}

// members returns a PATCH operation of the given kind on the attribute members of a
// group.
func members(kind scim.OpKind, ids ...scim.ID) scim.Op {
	list := []any{}
	for _, id := range ids {
		list = append(list, map[string]any{"value": string(id)})
	}
	return scim.Op{Kind: kind, Path: scim.Path{Attr: "members"}, Value: list}
}

var always = scim.Condition{}

// TestPendingMemberAppears checks that an unknown member is stored, and becomes
// a member when a user with that id is created
// (docs/reference/identity-providers.md, row 30).
func TestPendingMemberAppears(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		late := scim.User{ID: scim.NewID(), Doc: scim.Document{"userName": "late"}, Meta: scim.Meta{Version: 1}}
		care := r.group("Care")
		must[scim.Group](r.T)(r.PatchGroup(r.ctx, care, []scim.Op{members(scim.Add, late.ID)}, always))
		r.equal("members before", len(must[scim.Group](r.T)(r.Group(r.ctx, care, true)).Members), 0)

		err := r.store.Write(r.ctx, store.AnyKey, func(tx *store.Tx) error {
			return tx.InsertUser(r.ctx, okta.ID, late, store.Why{Urgency: store.Joining})
		})
		if err != nil {
			r.Fatal(err)
		}
		want := []scim.GroupRef{{ID: care, Display: "Care"}}
		r.equal("members", must[scim.Group](r.T)(r.Group(r.ctx, care, true)).Members, []scim.Member{{Value: late.ID, Display: "late"}})
		r.equal("groups", must[scim.User](r.T)(r.User(r.ctx, late.ID)).Groups, want)
		r.equal("groups that Flex sees", r.person(late.ID).Groups, []store.GroupName{{ID: care, Display: "Care"}})
		patched := must[scim.User](r.T)(r.PatchUser(r.ctx, late.ID, []scim.Op{replace("title", "Lead")}, always))
		r.equal("groups in the response to a PATCH", patched.Groups, want)
	})
}

func TestAnotherConnectionSeesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		ann := r.user(scim.Document{"userName": "ann", "externalId": "X1"})
		care := r.group("Care", ann.ID)
		theirs := directory.New(r.store, entra)
		whole := scim.Query{StartIndex: 1, Count: 10}
		r.equal("users", must[scim.Page[scim.User]](r.T)(theirs.Users(r.ctx, whole)).Total, 0)
		r.equal("groups", must[scim.Page[scim.Group]](r.T)(theirs.Groups(r.ctx, whole)).Total, 0)
		for what, call := range map[string]func() error{
			"read a user":    func() error { return second(theirs.User(r.ctx, ann.ID)) },
			"put a user":     func() error { return second(theirs.ReplaceUser(r.ctx, ann.ID, ann, always)) },
			"patch a user":   func() error { return second(theirs.PatchUser(r.ctx, ann.ID, nil, always)) },
			"delete a user":  func() error { return theirs.DeleteUser(r.ctx, ann.ID, always) },
			"read a group":   func() error { return second(theirs.Group(r.ctx, care, true)) },
			"patch a group":  func() error { return second(theirs.PatchGroup(r.ctx, care, nil, always)) },
			"delete a group": func() error { return theirs.DeleteGroup(r.ctx, care, always) },
			"put a group": func() error {
				return second(theirs.ReplaceGroup(r.ctx, care, scim.Group{Doc: scim.Document{"displayName": "x"}}, nil, always))
			},
		} {
			if e, ok := errors.AsType[*scim.Error](call()); !ok || e.Status != 404 {
				r.Errorf("%s: got %v, want 404", what, e)
			}
		}
		// The connection entra can use the same names, but the people of okta cannot be
		// members of its groups.
		again := must[scim.User](r.T)(theirs.CreateUser(r.ctx, scim.User{Doc: scim.Document{"userName": "ann", "externalId": "X1"}}))
		made := must[scim.Group](r.T)(theirs.CreateGroup(r.ctx, scim.Group{
			Doc: scim.Document{"displayName": "Care"}, Members: []scim.Member{{Value: ann.ID}, {Value: again.ID}},
		}))
		r.equal("members", made.Members, []scim.Member{{Value: again.ID, Display: "ann"}})
		r.equal("groups of our user", len(must[scim.User](r.T)(r.User(r.ctx, ann.ID)).Groups), 1)
		r.equal("generation of our user", r.person(ann.ID).Desired, int64(2)) // the first change created Ann, the second added her to Care
	})
}

func second[V any](_ V, err error) error { return err }

// TestUnavailable checks that if the database is unavailable, the error is not a
// refusal, so that scimhttp returns 503.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		ann := r.user(scim.Document{"userName": "ann"})
		if err := r.store.Close(); err != nil {
			r.Fatal(err)
		}
		for what, err := range map[string]error{
			"read":   second(r.User(r.ctx, ann.ID)),
			"list":   second(r.Users(r.ctx, scim.Query{StartIndex: 1, Count: 1})),
			"create": second(r.CreateUser(r.ctx, scim.User{Doc: scim.Document{"userName": "bob"}})),
			"patch":  second(r.PatchUser(r.ctx, ann.ID, []scim.Op{replace("active", false)}, always)),
			"group":  second(r.CreateGroup(r.ctx, scim.Group{Doc: scim.Document{"displayName": "g"}})),
		} {
			_, isRefusal := errors.AsType[*scim.Error](err)
			if _, isUnavailable := errors.AsType[*store.UnavailableError](err); !isUnavailable || isRefusal {
				r.Errorf("%s: got %v, want an UnavailableError", what, err)
			}
		}
	})
}
