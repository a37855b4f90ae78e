package directory_test

import (
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// Whoever has a manager is shown, and mapped, with the manager's name: what
// changes it concerns them.
func TestManagersName(t *testing.T) {
	t.Parallel()
	patch := func(op scim.Op) func(r *rig, boss scim.ID) error {
		return func(r *rig, boss scim.ID) error { return second(r.PatchUser(r.ctx, boss, []scim.Op{op}, always)) }
	}
	rows := []struct {
		what    string
		write   func(r *rig, boss scim.ID) error
		touched bool
		name    string // of the manager, then
	}{
		{"another name", patch(replace("displayName", "The boss")), true, "The boss"},
		{"another title", patch(replace("title", "CEO")), false, "boss"},
		{"another userName, which is shown", patch(replace("userName", "chief")), true, "chief"},
		{"away", patch(replace("active", false)), false, "boss"},
		{"deleted", func(r *rig, boss scim.ID) error { return r.DeleteUser(r.ctx, boss, always) }, true, ""},
	}
	for _, row := range rows {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			engines(t, func(r *rig) {
				boss := r.user(scim.Document{"userName": "boss"}).ID
				ann := r.user(scim.Document{"userName": "ann", scim.URNEnterprise: map[string]any{"manager": map[string]any{"value": string(boss)}}}).ID
				r.settle(boss)
				r.settle(ann)
				if err := row.write(r, boss); err != nil {
					r.Fatal(err)
				}
				want := map[bool]store.Urgency{true: store.Changing}[row.touched]
				r.equal("touched", r.behind()[ann], want)
				name := ""
				if m := r.person(ann).User.Manager; m != nil {
					name = m.Display
				}
				r.equal("name", name, row.name)
			})
		})
	}
}
