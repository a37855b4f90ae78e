package scimtest

import (
	"cmp"
	"maps"
	"time"

	"github.com/flexscim/flexscim/scim"
)

// The version of a resource also changes if it contains data of another resource,
// and this data changes. Examples are the groups of a user, the name of a manager,
// and the members of a group.

// renew increments the version of a resource.
func (it *item) renew() { it.meta.Version++ }

// write increments the version of a resource and sets its lastModified, because a
// request has changed the resource itself.
func (it *item) write() {
	it.renew()
	it.meta.LastModified = time.Now().UTC()
}

// renewBelow increments the version of the user with this id. If the id belongs to
// a group, it increments the versions of all users in the group and its subgroups.
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

// renewAbove increments the versions of the groups that have the resource as a
// member, and of the users who have it as their manager.
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

// renewMoved calls renewBelow for each existing member that is in only one of the
// two arguments. It returns true if there is such a member.
func (d *Directory) renewMoved(before, after map[scim.ID]int) bool {
	shown := false
	for _, lists := range [][2]map[scim.ID]int{{before, after}, {after, before}} {
		for id := range lists[0] {
			if _, in := lists[1][id]; in {
				continue
			}
			if it, _ := d.known(id); it != nil {
				d.renewBelow(id, map[scim.ID]bool{})
				shown = true
			}
		}
	}
	return shown
}

// forget removes a deleted resource from the members of all groups.
func (d *Directory) forget(id scim.ID) {
	d.renewAbove(id)
	for _, g := range d.groups.items {
		delete(g.members, id)
	}
}

// known returns the user or the group with this id. If neither exists, the item is
// nil.
func (d *Directory) known(id scim.ID) (it *item, isGroup bool) {
	if u := d.users.items[id]; u != nil {
		return u, false
	}
	return d.groups.items[id], true
}

// shownAs returns the name with which other resources refer to a resource.
func shownAs(doc scim.Document) string { return cmp.Or(doc.DisplayName(), doc.UserName()) }
