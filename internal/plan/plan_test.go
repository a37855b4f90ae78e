package plan_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
)

const (
	mark   = "conn/ann"
	spare  = "flexscim-ann"
	worker = flex.WorkerSID("WK00000000000000000000000000000001")
	same   = `{"plugin":{"x":1},"roles":["agent"],"full_name":"Ann","flexscim":"conn/ann"}`
)

func ann() plan.Want {
	return plan.Want{
		Person: flex.Person{UserName: "ann@x.org", Attributes: map[string]any{"roles": []string{"agent"}, "full_name": "Ann"}},
		Name:   "ann@x.org", Mark: mark, Owned: []string{"flexscim", "full_name", "roles"},
	}
}

func nobody() plan.Want {
	return plan.Want{Name: "ann@x.org", Mark: mark, Spare: spare, Reason: "the IdP deactivated the person"}
}

func has(name, attributes string) plan.Have {
	return plan.Have{Worker: &flex.Worker{SID: worker, FriendlyName: name, Attributes: attributes}}
}

// with[T] changes a copy of v and returns the copy.
func with[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

func adopting(w plan.Want) plan.Want { return with(w, func(w *plan.Want) { w.Adopt = true }) }

// rejoining returns a copy of w with the channels of the person's last Worker.
func rejoining(w plan.Want) plan.Want {
	return with(w, func(w *plan.Want) {
		w.Channels = []flex.Channel{
			{Name: "chat", Capacity: 5, Available: true}, {Name: "gone", Capacity: 5, Available: true},
			{Name: "voice", Capacity: 1}, {Name: "sms", Capacity: 2, Available: true},
		}
	})
}

// channels returns a copy of h with channels that differ in the capacity of chat
// and in the availability of voice.
func channels(h plan.Have) plan.Have {
	return with(h, func(h *plan.Have) {
		h.Channels = []flex.Channel{
			{SID: "WC1", Name: "voice", Capacity: 1, Available: true}, {SID: "WC2", Name: "chat", Capacity: 3, Available: true, Assigned: 1},
			{SID: "WC3", Name: "sms", Capacity: 2, Available: true, Assigned: 1},
		}
	})
}

func held(by plan.Holder, attributes string) plan.Have {
	return with(has("ann@x.org", attributes), func(h *plan.Have) { h.Holder = by })
}

func linked(name, attributes string) plan.Have {
	return with(has(name, attributes), func(h *plan.Have) { h.Linked, h.Names = true, []string{"old@x.org"} })
}

func stopped(live, work int, overdue bool) plan.Have {
	return with(linked("ANN@x.org", same), func(h *plan.Have) {
		h.Stopped, h.Live, h.Overdue = true, live, overdue
		h.Work = make([]flex.Reservation, work)
	})
}

func named(name string, h plan.Have) plan.Have {
	return with(h, func(h *plan.Have) { h.Worker.FriendlyName = name })
}

func remade(attributes string, available bool) plan.Have {
	return with(has("ann@x.org", attributes), func(h *plan.Have) { h.Remade, h.Worker.Available = true, available })
}

func several() plan.Have {
	return with(has("ann@x.org", same), func(h *plan.Have) { h.Several = true })
}

func rival(holder plan.Holder, needed bool) plan.Have {
	return with(linked("old@x.org", same), func(h *plan.Have) { h.Rival, h.Needed = holder, needed })
}

func long() plan.Want {
	return with(ann(), func(w *plan.Want) { w.Person.Attributes["note"] = strings.Repeat("x", 4096) })
}

type situation struct {
	want plan.Want
	have plan.Have
}

const otherMark = `{"flexscim":"conn/bob"}`

// situations returns the arguments of Make for each row of the table in the package
// comment.
func situations() map[string]situation { // :: "want | have" → values
	return map[string]situation{
		"nobody | nothing": {nobody(), plan.Have{}},
		"nobody | a Worker that Twilio may not show yet":              {nobody(), plan.Have{Outdated: true}},
		"nobody | a Worker of another person, who keeps it":           {adopting(nobody()), held(plan.Stays, otherMark)},
		"nobody | a Worker of another person, who frees it":           {adopting(nobody()), held(plan.Leaves, otherMark)},
		"nobody | a Worker marked for an unknown person":              {adopting(nobody()), held(plan.Unknown, otherMark)},
		"nobody | a Worker that is not ours":                          {nobody(), has("ann@x.org", `{"a":1}`)},
		"nobody | a Worker that is not ours, adoption on":             {adopting(nobody()), has("ann@x.org", `{"a":1}`)},
		"nobody | the same name as a Worker that we removed":          {nobody(), remade(`{"roles":["agent"]}`, true)},
		"nobody | the same, with a role of the Console, available":    {adopting(nobody()), remade(`{"roles":["admin"]}`, true)},
		"nobody | the same, with a role of the Console, offline":      {nobody(), remade(`{"roles":"agent, wfo.full_access"}`, false)},
		"nobody | several Workers of this name":                       {adopting(nobody()), several()},
		"nobody | a Worker whose attributes Twilio does not show":     {adopting(nobody()), has("ann@x.org", "")},
		"nobody | our link, attributes that Twilio does not show":     {nobody(), linked("ann@x.org", "")},
		"nobody | our Worker, renamed by hand":                        {adopting(nobody()), linked("bob@x.org", same)},
		"nobody | the same, stopped, live work before the deadline":   {nobody(), named("bob@x.org", stopped(2, 0, false))},
		"nobody | the same, stopped, live work at the deadline":       {nobody(), named("bob@x.org", stopped(2, 2, true))},
		"nobody | the same, stopped, idle":                            {nobody(), named("bob@x.org", stopped(0, 0, true))},
		"nobody | our link, neither our mark nor our name":            {adopting(nobody()), linked("bob@x.org", `{}`)},
		"nobody | the same link, stopped, idle":                       {adopting(nobody()), with(named("bob@x.org", stopped(0, 0, true)), func(h *plan.Have) { h.Worker.Attributes = `{}` })},
		"nobody | our Worker, with its spare name":                    {nobody(), linked(spare, same)},
		"nobody | the same, with the spare name, stopped, idle":       {nobody(), named(spare, stopped(0, 0, true))},
		"nobody | our Worker, routing not stopped":                    {nobody(), linked("old@x.org", same)},
		"nobody | our Worker, stopped, idle":                          {nobody(), stopped(0, 0, false)},
		"nobody | our Worker, stopped, live work before the deadline": {nobody(), stopped(2, 0, false)},
		"nobody | our Worker, stopped, live work at the deadline":     {nobody(), stopped(2, 2, true)},
		"nobody | our Worker, stopped, busy at the deadline, no work": {nobody(), stopped(1, 0, true)},
		"person | nothing": {ann(), plan.Have{}},
		"person | a Worker that Twilio may not show yet":              {ann(), plan.Have{Outdated: true, Hidden: true}},
		"person | our Worker, our name in lower case":                 {with(ann(), func(w *plan.Want) { w.Person.UserName = "Ann@x.org" }), with(has("ann@x.org", same), func(h *plan.Have) { h.Linked, h.Names = true, []string{"Ann@x.org"} })},
		"person | nothing, and a memory of a Worker":                  {with(ann(), func(w *plan.Want) { w.Memory = `{"skills":1}` }), plan.Have{}},
		"person | nothing, a memory that does not fit":                {with(ann(), func(w *plan.Want) { w.Memory = `{"x":"` + strings.Repeat("y", 4080) + `"}` }), plan.Have{}},
		"person | a Worker that Twilio says exists and does not show": {adopting(ann()), plan.Have{Hidden: true}},
		"person | a Worker of another person, who keeps it":           {adopting(ann()), held(plan.Stays, otherMark)},
		"person | a Worker of another person, who frees it":           {adopting(ann()), held(plan.Leaves, otherMark)},
		"person | a Worker marked for an unknown person":              {adopting(ann()), held(plan.Unknown, otherMark)},
		"person | a Worker that is not ours":                          {ann(), has("ann@x.org", `{"a":1}`)},
		"person | a Worker that is not ours, adoption on":             {adopting(ann()), has("ann@x.org", `{"a":1,"roles":["supervisor","wfo.full_access"]}`)},
		"person | a Worker that is not ours, not JSON, adoption on":   {adopting(ann()), has("ann@x.org", `[1]`)},
		"person | the same name in another case, adoption on":         {adopting(ann()), has("ANN@x.org", `{}`)},
		"person | the same name with another letter, adoption on":     {adopting(with(ann(), func(w *plan.Want) { w.Name = "ri\u212a@x.org" })), has("rik@x.org", `{}`)},
		"person | a Worker with the role admin, adoption on":          {adopting(ann()), has("ann@x.org", `{"Roles":["agent"],"roles":["agent","admin"],"ROLES":[]}`)},
		"person | the same, and the rules give the role": {adopting(with(ann(), func(w *plan.Want) { w.Person.Attributes["roles"] = []string{"agent", "admin"} })),
			has("ann@x.org", `{"roles":"agent, admin"}`)},
		"person | a Worker whose roles cannot be read, adoption on":  {adopting(ann()), has("ann@x.org", `{"roles":{"admin":true}}`)},
		"person | several Workers of this name":                      {adopting(ann()), several()},
		"person | a Worker whose attributes Twilio does not show":    {adopting(ann()), has("ann@x.org", "")},
		"person | our link, attributes that Twilio does not show":    {ann(), linked("ann@x.org", "")},
		"person | our Worker, the same":                              {ann(), has("ann@x.org", same)},
		"person | our Worker, the channels of the last one unread":   {rejoining(ann()), has("ann@x.org", same)},
		"person | our Worker, other channels than the last one":      {rejoining(ann()), channels(has("ann@x.org", same))},
		"person | the same, and other attributes":                    {rejoining(ann()), channels(has("ann@x.org", `{"flexscim":"conn/ann"}`))},
		"person | our Worker, other attributes":                      {ann(), has("ann@x.org", `{"roles":["agent"],"full_name":"Anna","flexscim":"conn/ann"}`)},
		"person | our Worker, an attribute that we no longer want":   {with(ann(), func(w *plan.Want) { w.Owned = append(w.Owned, "plugin") }), has("ann@x.org", same)},
		"person | our Worker, other roles":                           {ann(), has("ann@x.org", `{"roles":["agent","supervisor"],"full_name":"Ann","flexscim":"conn/ann"}`)},
		"person | our Worker, the mark lost":                         {ann(), linked("ann@x.org", `{"roles":["agent"],"full_name":"Ann"}`)},
		"person | our Worker, the old name":                          {ann(), linked("old@x.org", same)},
		"person | our Worker, the old name and other attributes":     {ann(), linked("old@x.org", `{}`)},
		"person | our Worker, renamed by hand":                       {ann(), linked("bob@x.org", same)},
		"person | our Worker, another has the new name and frees it": {ann(), rival(plan.Leaves, false)},
		"person | the same, and another person needs the old name":   {ann(), rival(plan.Leaves, true)},
		"person | our Worker, another has the new name and keeps it": {ann(), rival(plan.Stays, false)},
		"person | our Worker, attributes that are not JSON":          {ann(), linked("ann@x.org", `{`)},
		"person | our link, neither our mark nor our name":           {adopting(ann()), linked("bob@x.org", `{}`)},
		"person | a name over 64 characters, nothing":                {with(ann(), func(w *plan.Want) { w.Person.UserName = strings.Repeat("ü", 65) }), plan.Have{}},
		"person | attributes over 4,096 characters, nothing":         {long(), plan.Have{}},
		"person | attributes over 4,096 characters, our Worker":      {long(), has("ann@x.org", same)},
	}
}

// TestTable checks every row of the table in the package comment. It fails if a row
// has no situation, or a situation has no row.
func TestTable(t *testing.T) {
	t.Parallel()
	cases := situations()
	for key, want := range table(t) {
		c, ok := cases[key]
		if !ok {
			t.Errorf("row %q has no situation in this test", key)
			continue
		}
		delete(cases, key)
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			var verbs []string
			for _, s := range plan.Make(c.want, c.have) {
				verbs = append(verbs, string(s.Verb))
				if s.Why == "" {
					t.Errorf("step %q has no reason", s.Verb)
				}
			}
			got := strings.Join(verbs, "; ")
			if got == "" {
				got = "-"
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	for key := range cases {
		t.Errorf("the package comment has no row for the situation %q", key)
	}
}

// table returns the rows of the table in the package comment.
func table(t *testing.T) map[string]string { // :: "want | have" → steps
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(f.Doc.Text()) {
		cells := strings.Split(line, "|")
		if len(cells) != 3 || strings.TrimSpace(cells[0]) == "want" {
			continue
		}
		rows[strings.TrimSpace(cells[0])+" | "+strings.TrimSpace(cells[1])] = strings.TrimSpace(cells[2])
	}
	if len(rows) < 30 {
		t.Fatalf("the package comment has %d rows: the table is not read", len(rows))
	}
	return rows
}

// TestSteps checks all fields of the steps in some situations.
func TestSteps(t *testing.T) {
	t.Parallel()
	cases := situations()
	for _, c := range []struct {
		situation string
		want      plan.Step
	}{
		{"person | nothing, and a memory of a Worker", plan.Step{
			Verb: plan.Create, Why: "the person has no Worker; the new one starts with the attributes that they last had",
			Keys:  []string{"flexscim", "full_name", "roles"},
			Draft: flex.Draft{FriendlyName: "ann@x.org", Attributes: `{"skills":1,"flexscim":"conn/ann","full_name":"Ann","roles":["agent"]}`},
		}},
		{"person | our Worker, an attribute that we no longer want", plan.Step{
			Verb: plan.Update, Worker: worker, Why: "attributes differ: plugin", Keys: []string{"plugin"},
			Change: flex.Change{Attributes: `{"roles":["agent"],"full_name":"Ann","flexscim":"conn/ann"}`},
		}},
		{"person | our Worker, the old name", plan.Step{
			Verb: plan.Rename, Worker: worker, Why: "the name differs",
			Change: flex.Change{FriendlyName: "ann@x.org"},
		}},
		{"person | a Worker that is not ours, adoption on", plan.Step{
			Verb: plan.Adopt, Worker: worker, Why: "a Worker of exactly this name, and adoption is on",
			Keys:   []string{"flexscim", "full_name", "roles"},
			Change: flex.Change{Attributes: `{"a":1,"roles":["agent"],"flexscim":"conn/ann","full_name":"Ann"}`},
			Roles:  plan.RoleChange{Before: []string{"supervisor", "wfo.full_access"}, After: []string{"agent"}},
		}},
		{"person | our Worker, other roles", plan.Step{
			Verb: plan.Update, Worker: worker, Why: "attributes differ: roles", Keys: []string{"roles"},
			Change: flex.Change{Attributes: `{"roles":["agent"],"full_name":"Ann","flexscim":"conn/ann"}`},
			Roles:  plan.RoleChange{Before: []string{"agent", "supervisor"}, After: []string{"agent"}},
		}},
		{"person | attributes over 4,096 characters, our Worker", plan.Step{
			Verb: plan.Report, Worker: worker, Why: "the attributes would have 4182 characters, Twilio takes 4096",
		}},
	} {
		steps := plan.Make(cases[c.situation].want, cases[c.situation].have)
		if diff := cmp.Diff([]plan.Step{c.want}, steps); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.situation, diff)
		}
	}
}

// TestForeignIsNeverWritten checks with random situations that Make returns no step
// that changes a Worker of another owner.
func TestForeignIsNeverWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SampledFrom([]plan.Want{ann(), nobody(), long()}).Draw(t, "want")
		h := held(
			rapid.SampledFrom([]plan.Holder{"", plan.Stays, plan.Leaves, plan.Unknown}).Draw(t, "holder"),
			rapid.SampledFrom([]string{`{}`, ``, otherMark, `{"a":1}`, `[`}).Draw(t, "attributes"))
		h.Several, h.Stopped, h.Overdue = rapid.Bool().Draw(t, "several"), rapid.Bool().Draw(t, "stopped"), rapid.Bool().Draw(t, "overdue")
		h.Live = rapid.IntRange(0, 2).Draw(t, "live")
		w.Adopt = (h.Holder != "" || w.Person.IsNobody()) && rapid.Bool().Draw(t, "adopt")
		for _, s := range plan.Make(w, h) {
			if s.Verb != plan.Report && s.Verb != plan.Wait {
				t.Fatalf("got step %q for a Worker that is not ours", s.Verb)
			}
		}
	})
}

// TestPlanEnds checks each plan that consists of one write: after the write, Make
// returns no further step.
func TestPlanEnds(t *testing.T) {
	t.Parallel()
	for name, c := range situations() {
		steps := plan.Make(c.want, c.have)
		if len(steps) != 1 {
			continue
		}
		var after flex.Worker
		switch s := steps[0]; s.Verb {
		case plan.Create:
			after = flex.Worker{SID: worker, FriendlyName: s.Draft.FriendlyName, Attributes: s.Draft.Attributes}
		case plan.Update, plan.Rename, plan.Adopt:
			after = *c.have.Worker
			if s.Change.Attributes != "" {
				after.Attributes = s.Change.Attributes
			}
			if s.Change.FriendlyName != "" {
				after.FriendlyName = s.Change.FriendlyName
			}
		default:
			continue
		}
		if rest := plan.Make(c.want, plan.Have{Worker: &after}); rest != nil {
			t.Errorf("%s: after %q there is still %v", name, steps[0].Verb, rest)
		}
	}
}

// TestRemember checks which attributes Remember returns for a removed Worker.
func TestRemember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, attributes, want string }{
		{"keys of others stay as written", `{"roles":["agent"],"routing":{"skills":["b","a"],"levels":{"a":1.50}},"flexscim":"c/u","contact_uri":"client:a","team_sid":"QO","twilio_contact_identity":"a","img":"<x>"}`,
			`{"img":"<x>","routing":{"skills":["b","a"],"levels":{"a":1.50}}}`},
		{"no keys of others", `{"roles":["agent"],"flexscim":"c/u"}`, ""},
		{"no attributes", "", ""},
		{"not an object", `[1]`, ""},
	} {
		if got := plan.Remember(c.attributes, []string{"roles"}); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
