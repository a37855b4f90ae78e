package directory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// TestDomains checks which userNames the connections can create when some of them
// list domains: A lists a.example, B lists b.example and shared.example, C lists
// shared.example, and D lists none.
func TestDomains(t *testing.T) {
	t.Parallel()
	lists := map[string]scim.Domains{"A": "a.example", "B": "b.example shared.example", "C": "shared.example", "D": ""}
	may := map[string]string{ // :: domain → the connections that may use it
		"@a.example": "A", "@A.Example": "A", "@b.example": "B", "@shared.example": "BC", "@free.example": "D", "": "D",
	}
	engines(t, func(r *rig) {
		for name, domains := range lists {
			c := store.Connection{ID: store.ConnectionID(name), Name: name, Settings: store.Settings{AllowedDomains: domains}}
			if err := r.store.Write(r.ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(r.ctx, c) }); err != nil {
				r.Fatal(err)
			}
		}
		for name := range lists {
			c, err := r.store.ConnectionByName(r.ctx, name)
			if err != nil {
				r.Fatal(err)
			}
			d := directory.New(r.store, c)
			for domain, allowed := range may {
				userName := string(scim.NewID()) + domain
				_, err := d.CreateUser(r.ctx, scim.User{Doc: scim.Document{"userName": userName}})
				if got := err == nil; got != strings.Contains(allowed, name) {
					r.Errorf("%s creates %s: got %v", name, userName, err)
				}
			}
		}
	})
}

// TestDomainsOfExistingPeople checks what an IdP can do with people who already had a
// userName outside the allowed domains when an operator set these domains.
func TestDomainsOfExistingPeople(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		c := store.Connection{ID: "domains", Name: "domains"}
		ann := must[scim.User](r.T)(directory.New(r.store, c).CreateUser(r.ctx, scim.User{Doc: scim.Document{"userName": "ann@old.example", "active": true}}))
		c.AllowedDomains = "new.example"
		d := directory.New(r.store, c)
		patch := func(attributes map[string]any) error {
			_, err := d.PatchUser(r.ctx, ann.ID, []scim.Op{{Kind: scim.Replace, Value: attributes}}, always)
			return err
		}
		put := func(doc scim.Document) error {
			_, err := d.ReplaceUser(r.ctx, ann.ID, scim.User{Doc: doc}, always)
			return err
		}
		for i, step := range []struct {
			err  error
			good bool
		}{
			{patch(map[string]any{"title": "Lead"}), true},
			{put(scim.Document{"userName": "Ann@OLD.example"}), true},
			{patch(map[string]any{"userName": "bob@old.example"}), false},
			{put(scim.Document{"userName": "bob@other.example"}), false},
			{patch(map[string]any{"userName": "bob@old.example", "active": false}), true}, // a leaver leaves
			{patch(map[string]any{"title": "Agent"}), true},
			{patch(map[string]any{"active": true}), false},
			{patch(map[string]any{"active": true, "userName": "bob@new.example"}), true},
			{patch(map[string]any{"userName": "ann@new.example"}), true},
			{put(scim.Document{"userName": "ann@old.example", "active": true}), false},
			{d.DeleteUser(r.ctx, ann.ID, always), true},
		} {
			refused, isRefusal := errors.AsType[*scim.Error](step.err)
			if step.good != (step.err == nil) || !step.good && (!isRefusal || refused.Status != 400 || refused.Type != "invalidValue") {
				r.Errorf("step %d: got %v", i, step.err)
			}
		}
	})
}
