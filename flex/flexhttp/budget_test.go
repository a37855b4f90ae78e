package flexhttp_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/flexscim/flexscim/flex"
)

// TestBudget checks how many calls each back end makes for each operation of the
// reconciler.
func TestBudget(t *testing.T) {
	t.Parallel()
	one, attributes := workers+"/"+sid("WK", 1), `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com"}`
	ann := reply(200, workerJSON(1, "ann", attributes), "ETag: 7")
	have := flex.Worker{SID: workerSID(1), FriendlyName: "ann", Attributes: attributes, ETag: "7"}
	create := func(ctx context.Context, b backend) error {
		_, err := b.Create(ctx, flex.Draft{FriendlyName: "ann", Attributes: attributes})
		return err
	}
	unchanged := func(ctx context.Context, b backend) error { _, err := b.Get(ctx, workerSID(1)); return err }
	update := func(ctx context.Context, b backend) error {
		w, err := b.Get(ctx, workerSID(1))
		if err != nil {
			return err
		}
		_, err = b.Update(ctx, w, flex.Change{Attributes: attributes})
		return err
	}
	remove := func(ctx context.Context, b backend) error {
		if _, err := b.StopRouting(ctx, have); err != nil {
			return err
		}
		if _, err := b.Channels(ctx, workerSID(1)); err != nil {
			return err
		}
		if _, err := b.LiveReservations(ctx, workerSID(1)); err != nil {
			return err
		}
		return b.Delete(ctx, have)
	}
	for _, row := range []struct {
		name                  string
		do                    func(context.Context, backend) error
		taskrouter, flexUsers int // calls of each back end; FlexUsers also reads the Worker after a write, and looks up the user's SID
	}{
		{"create", create, 1, 3},
		{"unchanged", unchanged, 1, 1},
		{"update", update, 2, 3},
		{"remove", remove, 5, 7}, // the reconciler's two reads, before and after the removal, are not counted
	} {
		for _, back := range []struct {
			name string
			want int
		}{{"taskrouter", row.taskrouter}, {"flex-users", row.flexUsers}} {
			t.Run(row.name+"/"+back.name, func(t *testing.T) {
				t.Parallel()
				read := ann
				if row.name == "remove" { // FlexUsers reads the Worker after the Deprovision
					read = refuse(404, 20404, "x")
				}
				s, c := play(t, map[string]http.HandlerFunc{
					"GET " + workers: reply(200, listJSON()), "POST " + workers: ann,
					"GET " + one: read, "POST " + one: ann, "DELETE " + one: reply(204, ""),
					"GET " + one + "/Reservations":   reply(200, `{"reservations":[],"meta":{}}`),
					"GET " + one + "/Channels":       reply(200, `{"channels":[{"assigned_tasks":0}],"meta":{}}`),
					"GET " + users:                   reply(200, listJSON(userJSON(1, "ann"))),
					"POST " + users + "/Provision":   reply(201, userJSON(1, "ann")),
					"POST " + users + "/Deprovision": reply(204, ""),
				})
				var b backend = c.TaskRouter(ws)
				if back.name == "flex-users" {
					b = c.FlexUsers(ws)
				}
				if err := row.do(t.Context(), b); err != nil {
					t.Fatal(err)
				}
				if got := s.requests(); len(got) != back.want {
					t.Errorf("got %d calls %v, want %d", len(got), got, back.want)
				}
			})
		}
	}
}
