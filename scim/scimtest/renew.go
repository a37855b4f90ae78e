package scimtest

import (
	"cmp"
	"maps"
	"time"

	"github.com/flexscim/flexscim/scim"
)

// What is shown of others has a part in a resource's version: the groups of a
// user, the name of a manager, the members of a group.

// renew gives a resource a new version.
func (it *item) renew() {
	it.meta.Version++
	it.meta.LastModified = time.Now().UTC()
}

// renewBelow renews a user, or everybody in a group.
func (d *Directory) renewBelow(id scim.ID, seen map[scim.ID]bool) {
	if u, known := d.users.items[id]; known {
		u.renew()
	}
	g, known := d.groups.items[id]
	if !known || seen[id] {
		return
	}
	seen[id] = true
	for member := range maps.Clone(g.members) {
		d.renewBelow(member, seen)
	}
}

// renewAbove renews the groups that a user or a group is a member of, and those
// whose manager a user is.
func (d *Directory) renewAbove(id scim.ID) {
	for _, g := range d.groups.items {
		if _, in := g.members[id]; in {
			g.renew()
		}
	}
	for _, u := range d.users.items {
		if u.doc.Manager() == string(id) {
			u.renew()
		}
	}
}

// moved renews those who are in one of two lists of members only, and says
// whether there are any who are shown.
func (d *Directory) moved(before, after map[scim.ID]int) bool {
	shown := false
	for _, lists := range [][2]map[scim.ID]int{{before, after}, {after, before}} {
		for id := range lists[0] {
			if _, in := lists[1][id]; !in && d.isKnown(id) {
				d.renewBelow(id, map[scim.ID]bool{})
				shown = true
			}
		}
	}
	return shown
}

// forget takes somebody who is gone out of the groups.
func (d *Directory) forget(id scim.ID) {
	d.renewAbove(id)
	for _, g := range d.groups.items {
		delete(g.members, id)
	}
}

// isKnown says whether a member is shown.
func (d *Directory) isKnown(id scim.ID) bool {
	_, user := d.users.items[id]
	_, group := d.groups.items[id]
	return user || group
}

// shownAs is how others see a resource.
func shownAs(doc scim.Document) string { return cmp.Or(doc.DisplayName(), doc.UserName()) }
