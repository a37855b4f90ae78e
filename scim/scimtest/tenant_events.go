package scimtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A constant whose name begins with `per` is a number of people of whom one is
// affected. For example, there is one leaver a day for each 40 people.
const (
	perTeam      = 20  // people per team
	perRare      = 200 // renames a day
	perUsual     = 100 // joiners, changes of department and changes of manager a day
	perLeaver    = 40  // leavers a day
	perMove      = 50  // changes of team a day
	perRestored  = 50  // people who come back
	departments  = 10
	minimalTeams = 8
)

func share(n, of int) int { return max(n/of, 1) }

// Begin sends the requests of the first provisioning cycle. It searches for each
// user and creates the user, then sends the managers, and then creates the teams
// with their members.
func (t *Tenant) Begin(ctx context.Context, people int) error {
	for range people {
		t.hire()
	}
	if err := t.create(ctx, t.People); err != nil {
		return err
	}
	for i, p := range t.People {
		if i%4 != 0 {
			p.manager = t.People[i/4].id
		}
	}
	led := t.randomPeople(people/4, func(p *Person) bool { return p.manager != "" })
	if err := t.tell(ctx, led); err != nil {
		return err
	}
	for i := range max(people/perTeam, minimalTeams) {
		name := fmt.Sprintf("Team %d", i)
		if i == 0 {
			name = Supervisors
		}
		t.Teams = append(t.Teams, &Team{Name: name, Members: map[*Person]bool{}})
	}
	if err := t.createTeams(ctx, t.Teams); err != nil {
		return err
	}
	m := moves{}
	m.put(t.Teams[0], t.randomPeople(share(people, 16), isActive)...)
	for _, p := range t.People {
		m.put(t.team(), p)
	}
	return t.push(ctx, m)
}

// hire adds a person to the tenant. It does not send the person to the SCIM
// service.
func (t *Tenant) hire() *Person {
	n := len(t.People)
	p := &Person{
		UserName: fmt.Sprintf("agent%d.of%d@example.com", n, t.rnd.IntN(1000)), Department: fmt.Sprintf("Department %d", n%departments),
		Active: true, Stayed: true,
	}
	p.Display = fullName(p.UserName)
	t.People = append(t.People, p)
	return p
}

// team returns a random team, but never the first team, whose members are
// supervisors.
func (t *Tenant) team() *Team { return t.Teams[1+t.rnd.IntN(len(t.Teams)-1)] }

// create searches for each person in the SCIM service, and creates the person as a
// user. It returns an error if the user already exists.
func (t *Tenant) create(ctx context.Context, people []*Person) error {
	return each(people, func(p *Person) error {
		a, err := t.idp.Find(ctx, p.UserName)
		if err = succeed(a, err); err != nil || a.Found() != "" {
			return unexpected("look up "+p.UserName, a, err)
		}
		if a, err = t.idp.create(ctx, p); err != nil || a.Status != 201 || a.ID() == "" {
			return unexpected("create "+p.UserName, a, err)
		}
		p.id = a.ID()
		return nil
	})
}

func (t *Tenant) createTeams(ctx context.Context, teams []*Team) error {
	return each(teams, func(g *Team) error {
		a, err := t.idp.FindGroup(ctx, g.Name)
		if err != nil || a.Found() != "" {
			return unexpected("look up the group "+g.Name, a, err)
		}
		a, err = t.idp.CreateGroup(ctx, g.Name)
		if err != nil || a.Status != 201 || a.ID() == "" {
			return unexpected("create the group "+g.Name, a, err)
		}
		g.id = a.ID()
		return nil
	})
}

// tell sends the current name, department and manager of each person.
func (t *Tenant) tell(ctx context.Context, people []*Person) error {
	return each(people, func(p *Person) error { return t.idp.profile(ctx, p) })
}

// setActive activates or deactivates people in the tenant and in the SCIM service.
func (t *Tenant) setActive(ctx context.Context, people []*Person, active bool) error {
	return each(people, func(p *Person) error {
		p.Active = active
		p.Stayed = p.Stayed && active
		return succeed(t.idp.SetActive(ctx, p.id, active))
	})
}

// Week sends the changes of five days: joiners, leavers, reactivated people, moves
// between teams, and changed names, departments and managers.
func (t *Tenant) Week(ctx context.Context) error {
	for day := range 5 {
		if err := t.day(ctx, day); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tenant) day(ctx context.Context, day int) error {
	n := len(t.People)
	var back []*Person
	if day%2 == 1 {
		back = t.randomPeople(share(n, perRare), isAway)
	}
	leavers := t.randomPeople(share(n, perLeaver), isActive)
	var joiners []*Person
	for range share(n, perUsual) {
		joiners = append(joiners, t.hire())
	}
	if err := errors.Join(t.create(ctx, joiners), t.setActive(ctx, leavers, false), t.setActive(ctx, back, true)); err != nil {
		return err
	}
	told := t.changes(n)
	m := moves{}
	for _, p := range joiners {
		m.put(t.team(), p)
	}
	for _, p := range t.randomPeople(share(n, perMove), isActive) {
		m.take(t.team(), p)
		m.put(t.team(), p)
	}
	for _, p := range t.randomPeople(share(n, perUsual), isActive) {
		if t.rnd.IntN(2) == 0 {
			m.put(t.Teams[0], p)
		} else {
			m.take(t.Teams[0], p)
		}
	}
	return errors.Join(t.tell(ctx, told), t.push(ctx, m))
}

// changes updates the names, departments and managers of some people in the tenant,
// and returns these people.
func (t *Tenant) changes(n int) []*Person {
	changed := map[*Person]bool{}
	for _, p := range t.randomPeople(share(n, perRare), isActive) {
		p.UserName, p.Display = fmt.Sprintf("new%d.%s", t.rnd.IntN(1000), p.UserName), "New "+p.Display
		changed[p] = true
	}
	for _, p := range t.randomPeople(share(n, perUsual), isActive) {
		p.Department = fmt.Sprintf("Department %d", t.rnd.IntN(departments))
		changed[p] = true
	}
	for _, p := range t.randomPeople(share(n, perUsual), isActive) {
		p.manager = t.randomPeople(1, isActive)[0].id
		changed[p] = true
	}
	return slices.DeleteFunc(slices.Clone(t.People), func(p *Person) bool { return !changed[p] })
}

// Restore reactivates some leavers without sending their memberships again. If the
// IdP deletes users, Restore also deletes some other leavers. Then it creates new
// users with the userNames of half of the deleted leavers.
func (t *Tenant) Restore(ctx context.Context) error {
	n := len(t.People)
	if err := t.setActive(ctx, t.randomPeople(share(n, perRestored), isAway), true); err != nil {
		return err
	}
	gone := t.randomPeople(share(n, perRestored), isAway)
	err := each(gone, func(p *Person) error { return t.idp.remove(ctx, p) })
	if errors.Is(err, errNever) {
		return nil
	}
	var again []*Person
	for i, p := range gone {
		p.deleted = true
		for _, g := range t.Teams {
			delete(g.Members, p)
		}
		if i%2 == 0 {
			q := t.hire()
			q.UserName, q.Stayed = p.UserName, false
			q.Display = fullName(q.UserName)
			again = append(again, q)
		}
	}
	return errors.Join(err, t.create(ctx, again))
}

// MoveDepartment renames one department, and moves the active people of this
// department from their teams to one team.
func (t *Tenant) MoveDepartment(ctx context.Context) error {
	from := t.People[0].Department
	moved := t.randomPeople(len(t.People), func(p *Person) bool { return p.Active && p.Department == from })
	m := moves{}
	for _, p := range moved {
		p.Department = "Merged"
	}
	for _, g := range t.Teams[1:] {
		m.take(g, moved...)
	}
	m.put(t.Teams[1], moved...)
	return errors.Join(t.tell(ctx, moved), t.push(ctx, m))
}

// Reorganise renames the team with the name Supervisors, and gives this name to
// another team. It deletes two teams, and creates a team with the name of a deleted
// team. It removes all members from two teams, and adds members to one of these
// teams again.
func (t *Tenant) Reorganise(ctx context.Context) error {
	old, next := t.Teams[0], t.Teams[2]
	for _, step := range []struct {
		team *Team
		name string
	}{{old, "Former supervisors"}, {next, Supervisors}} {
		step.team.Name = step.name
		if err := succeed(t.idp.Rename(ctx, step.team.id, step.name)); err != nil {
			return err
		}
	}
	closed := t.Teams[3:5]
	if err := each(closed, func(g *Team) error { return succeed(t.idp.DeleteGroup(ctx, g.id)) }); err != nil {
		return err
	}
	again := &Team{Name: closed[0].Name, Members: map[*Person]bool{}}
	emptied := t.Teams[5:7]
	err := each(emptied, func(g *Team) error {
		err := t.idp.empty(ctx, g.id, ids(g.list(t.People)))
		clear(g.Members)
		return err
	})
	t.Teams = slices.Concat([]*Team{next, old, again}, t.Teams[1:2], emptied, t.Teams[7:])
	if err = errors.Join(err, t.createTeams(ctx, []*Team{again})); err != nil {
		return err
	}
	m := moves{}
	m.put(again, t.randomPeople(share(len(t.People), perMove), isActive)...)
	m.put(emptied[0], t.randomPeople(share(len(t.People), perTeam), isActive)...)
	m.put(next, t.randomPeople(share(len(t.People), perTeam), isActive)...)
	return t.push(ctx, m)
}

// list returns the members of the team in the order of the slice people.
func (g *Team) list(people []*Person) []*Person {
	return slices.DeleteFunc(slices.Clone(people), func(p *Person) bool { return !g.Members[p] })
}
