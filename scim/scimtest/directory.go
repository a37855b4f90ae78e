package scimtest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// Directory is a scim.Directory in memory. It is safe for concurrent use. It stores
// no tombstones of deleted resources.
type Directory struct {
	mu     sync.Mutex
	users  *resourceStore
	groups *resourceStore
	joined int // number of memberships added so far, which numbers the next membership
	writes scim.MemberWrites
}

var _ scim.Directory = (*Directory)(nil)

// NewDirectory returns an empty directory.
func NewDirectory() *Directory {
	return &Directory{
		users:  newResourceStore(scim.UserType(), "userName"),
		groups: newResourceStore(scim.GroupType(), "displayName"),
	}
}

// CreateUser implements scim.Directory.
func (d *Directory) CreateUser(_ context.Context, user scim.User) (scim.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	it, err := d.users.create(user.Doc)
	return d.user(it), err
}

// User implements scim.Directory.
func (d *Directory) User(_ context.Context, id scim.ID) (scim.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	it, err := d.users.get(id, scim.Condition{})
	return d.user(it), err
}

// Users implements scim.Directory.
func (d *Directory) Users(_ context.Context, q scim.Query) (scim.Page[scim.User], error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return page(d.users, q, d.user, scim.User.Matches, scim.User.Place), nil
}

// ReplaceUser implements scim.Directory.
func (d *Directory) ReplaceUser(_ context.Context, id scim.ID, user scim.User, c scim.Condition) (scim.User, error) {
	return d.changeUser(id, c, func(old scim.Document) (scim.Document, error) {
		return scim.ReplaceDocument(scim.UserType(), old, user.Doc)
	})
}

// PatchUser implements scim.Directory.
func (d *Directory) PatchUser(ctx context.Context, id scim.ID, ops []scim.Op, c scim.Condition) (scim.User, error) {
	return d.changeUser(id, c, func(old scim.Document) (scim.Document, error) {
		return scim.WorkOf(ctx).Apply(scim.UserType(), old, ops)
	})
}

func (d *Directory) changeUser(id scim.ID, c scim.Condition, change func(scim.Document) (scim.Document, error)) (scim.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := ""
	it, err := d.users.change(id, c, change, func(it *item) bool {
		before = shownAs(it.doc)
		return false
	})
	if err != nil {
		return scim.User{}, err
	}
	if shownAs(it.doc) != before {
		d.renewAbove(id)
	}
	return d.user(it), nil
}

// DeleteUser implements scim.Directory.
func (d *Directory) DeleteUser(_ context.Context, id scim.ID, c scim.Condition) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.users.delete(id, c)
	if err == nil {
		d.forget(id)
	}
	return err
}

// CreateGroup implements scim.Directory.
func (d *Directory) CreateGroup(_ context.Context, group scim.Group) (scim.Group, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	it, err := d.groups.create(group.Doc)
	if err != nil {
		return scim.Group{}, err
	}
	var change scim.MemberChange
	for _, m := range group.Members {
		change.Add = append(change.Add, m.Value)
	}
	d.writes = d.writes.With(change.Way(false))
	d.move(it, change)
	return d.group(it, true), nil
}

// Group implements scim.Directory.
func (d *Directory) Group(_ context.Context, id scim.ID, members bool) (scim.Group, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	it, err := d.groups.get(id, scim.Condition{})
	return d.group(it, members), err
}

// Groups implements scim.Directory.
func (d *Directory) Groups(_ context.Context, q scim.Query) (scim.Page[scim.Group], error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := func(it *item) scim.Group { return d.group(it, true) }
	found := page(d.groups, q, all, scim.Group.Matches, scim.Group.Place)
	for i := range found.Items {
		if !q.Members {
			found.Items[i].Members = nil
		}
	}
	return found, nil
}

// ReplaceGroup implements scim.Directory. For a PUT without members, it
// follows the policy scim.GroupPutAuto.
func (d *Directory) ReplaceGroup(_ context.Context, id scim.ID, group scim.Group, members *scim.MemberChange, c scim.Condition) (scim.Group, error) {
	d.mu.Lock()
	change := scim.MemberChange{Replace: scim.GroupPutAuto.Clears(d.writes)}
	if members != nil {
		change = *members
		d.writes = d.writes.With(change.Way(false))
	}
	d.mu.Unlock()
	return d.changeGroup(id, c, change, func(old scim.Document) (scim.Document, error) {
		return scim.ReplaceDocument(scim.GroupType(), old, group.Doc)
	})
}

// PatchGroup implements scim.Directory.
func (d *Directory) PatchGroup(ctx context.Context, id scim.ID, ops []scim.Op, c scim.Condition) (scim.Group, error) {
	rest, change, err := scim.ApplyMembers(ops, func([]scim.ID) ([]scim.Member, error) {
		group, err := d.Group(ctx, id, true)
		return group.Members, err
	})
	if err != nil {
		return scim.Group{}, err
	}
	d.mu.Lock()
	d.writes = d.writes.With(change.Way(true))
	d.mu.Unlock()
	return d.changeGroup(id, c, change, func(old scim.Document) (scim.Document, error) {
		return scim.WorkOf(ctx).Apply(scim.GroupType(), old, rest)
	})
}

func (d *Directory) changeGroup(id scim.ID, c scim.Condition, members scim.MemberChange, change func(scim.Document) (scim.Document, error)) (scim.Group, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := ""
	it, err := d.groups.change(id, c, change, func(it *item) bool {
		before = shownAs(it.doc)
		return d.move(it, members)
	})
	if err != nil {
		return scim.Group{}, err
	}
	if shownAs(it.doc) != before {
		d.renewBelow(id, map[scim.ID]bool{})
		d.renewAbove(id)
	}
	return d.group(it, false), nil
}

// DeleteGroup implements scim.Directory.
func (d *Directory) DeleteGroup(_ context.Context, id scim.ID, c scim.Condition) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	it, err := d.groups.get(id, c)
	if err != nil {
		return err
	}
	for member := range maps.Clone(it.members) {
		d.renewBelow(member, map[scim.ID]bool{id: true})
	}
	d.forget(id)
	return d.groups.delete(id, c)
}

// move changes the members of a group, and reports whether the change is visible in
// the resource. A change of unknown members is not visible.
func (d *Directory) move(it *item, change scim.MemberChange) bool {
	before := maps.Clone(it.members)
	if change.Replace {
		stay := make(map[scim.ID]bool, len(change.Add))
		for _, id := range change.Add {
			stay[id] = true
		}
		maps.DeleteFunc(it.members, func(id scim.ID, _ int) bool { return !stay[id] })
	}
	for _, id := range change.Remove {
		delete(it.members, id)
	}
	for _, id := range change.Add {
		if _, in := it.members[id]; !in {
			d.joined++
			it.members[id] = d.joined
		}
	}
	return d.renewMoved(before, it.members)
}

// user returns the User of an item. The caller may change the User, because it is a
// copy. If the item is nil, the method returns a zero User.
func (d *Directory) user(it *item) scim.User {
	if it == nil {
		return scim.User{}
	}
	u := scim.User{ID: it.id, Doc: it.doc.Clone(), Meta: it.meta}
	if m, known := d.users.items[scim.ID(u.Doc.Manager())]; known {
		u.Manager = &scim.UserRef{ID: m.id, Display: shownAs(m.doc)}
	}
	known := map[scim.ID]bool{}
	level := []scim.ID{it.id}
	for depth := 0; depth <= scim.MaxNesting && len(level) > 0; depth++ {
		start := len(u.Groups)
		for _, id := range level {
			for _, g := range d.holding(id, known) {
				u.Groups = append(u.Groups, scim.GroupRef{ID: g.id, Display: g.doc.DisplayName(), Indirect: depth > 0})
			}
		}
		level = nil
		for _, g := range u.Groups[start:] {
			level = append(level, g.ID)
		}
	}
	return u
}

// holding returns the groups that have the given member and that are not in the set
// `known`, in the order of their creation. It adds these groups to the set `known`.
func (d *Directory) holding(member scim.ID, known map[scim.ID]bool) (groups []*item) {
	for _, id := range d.groups.order {
		g := d.groups.items[id]
		if _, in := g.members[member]; in && !known[id] {
			known[id] = true
			groups = append(groups, g)
		}
	}
	return groups
}

// group returns the Group of an item, without unknown members. The caller may
// change the Group, because it is a copy. If the item is nil, the method returns a
// zero Group.
func (d *Directory) group(it *item, members bool) scim.Group {
	if it == nil {
		return scim.Group{}
	}
	g := scim.Group{ID: it.id, Doc: it.doc.Clone(), Meta: it.meta}
	if !members {
		return g
	}
	for id := range it.members {
		if m, isGroup := d.known(id); m != nil {
			g.Members = append(g.Members, scim.Member{Value: id, Display: shownAs(m.doc), Group: isGroup})
		}
	}
	slices.SortFunc(g.Members, func(a, b scim.Member) int { return it.members[a.Value] - it.members[b.Value] })
	return g
}

// item is a stored resource.
type item struct {
	id      scim.ID
	doc     scim.Document
	meta    scim.Meta
	members map[scim.ID]int // :: id of a member → number of the membership, in the order of joining
}

// resourceStore stores the resources of one type.
type resourceStore struct {
	types *scim.ResourceType
	name  string // name of the attribute whose value must be unique, ignoring letter case
	order []scim.ID
	items map[scim.ID]*item
	taken map[string]scim.ID // :: folded value of the unique attribute → id of its resource
}

func newResourceStore(t *scim.ResourceType, name string) *resourceStore {
	return &resourceStore{types: t, name: name, items: map[scim.ID]*item{}, taken: map[string]scim.ID{}}
}

// claim reserves the unique name in the new document `after` for the resource. Then
// it releases the name in the old document `before`. If another resource has the
// new name, claim returns an error.
func (s *resourceStore) claim(id scim.ID, before, after scim.Document) error {
	wanted := scim.Fold(after.Text(s.name))
	if owner, taken := s.taken[wanted]; taken && owner != id {
		return refusal.ValueTaken.New(s.name)
	}
	s.release(before)
	s.taken[wanted] = id
	return nil
}

// release frees the unique name in a document, so that another resource can have
// it. The document may be nil.
func (s *resourceStore) release(doc scim.Document) {
	if doc != nil {
		delete(s.taken, scim.Fold(doc.Text(s.name)))
	}
}

func (s *resourceStore) create(doc scim.Document) (*item, error) {
	it := &item{id: scim.NewID(), doc: doc.Clone(), members: map[scim.ID]int{}}
	if err := s.claim(it.id, nil, it.doc); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	it.meta = scim.Meta{Created: now, LastModified: now, Version: 1}
	s.order = append(s.order, it.id)
	s.items[it.id] = it
	return it, nil
}

func (s *resourceStore) get(id scim.ID, c scim.Condition) (*item, error) {
	it, ok := s.items[id]
	if !ok {
		return nil, scim.NotFound(s.types.Name, id)
	}
	if !c.Accepts(it.meta.Version) {
		return nil, refusal.VersionChanged.New()
	}
	return it, nil
}

// change replaces the document of a resource with the result of a function. If this
// function fails or the new name is taken, the resource does not change. After all
// steps that can fail, it calls the function `also`, which makes further changes.
func (s *resourceStore) change(id scim.ID, c scim.Condition, change func(scim.Document) (scim.Document, error), also func(*item) bool) (*item, error) {
	it, err := s.get(id, c)
	if err != nil {
		return nil, err
	}
	doc, err := change(it.doc)
	if err != nil {
		return nil, err
	}
	if err := s.claim(id, it.doc, doc); err != nil {
		return nil, err
	}
	moved := also(it)
	if moved || !scim.Equal(it.doc, doc) {
		it.doc = doc.Clone()
		it.write()
	}
	return it, nil
}

func (s *resourceStore) delete(id scim.ID, c scim.Condition) error {
	it, err := s.get(id, c)
	if err != nil {
		return err
	}
	s.release(it.doc)
	delete(s.items, id)
	s.order = slices.DeleteFunc(s.order, func(other scim.ID) bool { return other == id })
	return nil
}

// page evaluates the filter for every resource, and returns the requested page of
// the matching resources.
func page[T any](s *resourceStore, q scim.Query, read func(*item) T, matches func(T, scim.Filter) bool, place func(T, scim.Sort) scim.Place) scim.Page[T] {
	all := []T{}
	for _, id := range s.order {
		if one := read(s.items[id]); matches(one, q.Filter) {
			all = append(all, one)
		}
	}
	return scim.PageOf(q, all, place)
}
