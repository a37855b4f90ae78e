package scimhttp

import (
	"context"
	"net/url"

	"github.com/flexscim/flexscim/scim"
)

// resource is a User, a Group, a Role or an Entitlement that a response can
// contain.
type resource struct {
	types   *scim.ResourceType
	id      scim.ID
	doc     scim.Document
	meta    scim.Meta
	groups  []scim.GroupRef // of a User
	manager *scim.UserRef   // of a User, if the manager is a known user
	members []scim.Member   // of a Group
	grant   *scim.Grant     // a Role or an Entitlement
}

// place returns the place of the resource in a list with the given order.
func (r resource) place(order scim.Sort) scim.Place {
	if r.grant != nil {
		return r.grant.Place(r.types, order)
	}
	if r.types.Name == scim.GroupType().Name {
		return scim.Group{ID: r.id, Doc: r.doc, Meta: r.meta, Members: r.members}.Place(order)
	}
	return scim.User{ID: r.id, Doc: r.doc, Meta: r.meta, Groups: r.groups}.Place(order)
}

// content is the User or Group in the body of a POST or PUT.
type content struct {
	doc     scim.Document
	members *scim.MemberChange // of a Group; nil if the body does not have the attribute
}

// kind is a resource type with the functions that read and write its resources in
// the directory. If the argument related is true, the functions get and list also
// read the attribute that is not part of the stored document: the groups of a User,
// or the members of a Group.
type kind struct {
	types     *scim.ResourceType
	validator validator
	view      view   // of all attributes
	related   string // the attribute that is not part of the stored document: groups or members
	quiet     bool   // a PATCH returns 204 unless the request names attributes
	readOnly  bool   // true for roles and entitlements, which have no versions

	create  func(ctx context.Context, c content) (resource, error)
	get     func(ctx context.Context, id scim.ID, related bool) (resource, error)
	list    func(ctx context.Context, q scim.Query, related bool) (scim.Page[resource], error)
	replace func(ctx context.Context, id scim.ID, c content, cond scim.Condition) (resource, error)
	patch   func(ctx context.Context, id scim.ID, ops []scim.Op, cond scim.Condition) (resource, error)
	remove  func(ctx context.Context, id scim.ID, cond scim.Condition) error
}

// shown returns the view that the parameters of a request select.
func (k *kind) shown(query url.Values) view { return k.view.selected(newSelection(k.types, query)) }

// page reads a page of a list. It reads groups, members and managers only if the
// view shows them. For a page by cursor, it also reads groups or members if the
// list is sorted by them.
func (k *kind) page(ctx context.Context, q scim.Query, v view) (scim.Page[resource], error) {
	q.Managers = v.showsManager()
	return k.list(ctx, q, v.shows(k.related) || q.Walk != nil && q.Sort.By.Attr == k.related)
}

func newUsers(d scim.Directory, values, bytes int) (*kind, error) {
	k := &kind{
		types: scim.UserType().Within(values, bytes), related: "groups", remove: d.DeleteUser,
		create: func(ctx context.Context, c content) (resource, error) {
			u, err := d.CreateUser(ctx, scim.User{Doc: c.doc})
			return fromUser(u), err
		},
		get: func(ctx context.Context, id scim.ID, _ bool) (resource, error) {
			u, err := d.User(ctx, id)
			return fromUser(u), err
		},
		list: func(ctx context.Context, q scim.Query, related bool) (scim.Page[resource], error) {
			q.Groups = related
			page, err := d.Users(ctx, q)
			return fromPage(page, fromUser), err
		},
		replace: func(ctx context.Context, id scim.ID, c content, cond scim.Condition) (resource, error) {
			u, err := d.ReplaceUser(ctx, id, scim.User{ID: id, Doc: c.doc}, cond)
			return fromUser(u), err
		},
		patch: func(ctx context.Context, id scim.ID, ops []scim.Op, cond scim.Condition) (resource, error) {
			u, err := d.PatchUser(ctx, id, ops, cond)
			return fromUser(u), err
		},
	}
	return k.ready()
}

func newGroups(d scim.Directory) (*kind, error) {
	k := &kind{
		types: scim.GroupType(), related: "members", quiet: true, remove: d.DeleteGroup,
		create: func(ctx context.Context, c content) (resource, error) {
			g, err := d.CreateGroup(ctx, scim.Group{Doc: c.doc, Members: firstMembers(c.members)})
			return fromGroup(g), err
		},
		get: func(ctx context.Context, id scim.ID, related bool) (resource, error) {
			g, err := d.Group(ctx, id, related)
			return fromGroup(g), err
		},
		list: func(ctx context.Context, q scim.Query, related bool) (scim.Page[resource], error) {
			q.Members = related
			page, err := d.Groups(ctx, q)
			return fromPage(page, fromGroup), err
		},
		replace: func(ctx context.Context, id scim.ID, c content, cond scim.Condition) (resource, error) {
			g, err := d.ReplaceGroup(ctx, id, scim.Group{ID: id, Doc: c.doc}, c.members, cond)
			return fromGroup(g), err
		},
		patch: func(ctx context.Context, id scim.ID, ops []scim.Op, cond scim.Condition) (resource, error) {
			g, err := d.PatchGroup(ctx, id, ops, cond)
			return fromGroup(g), err
		},
	}
	return k.ready()
}

// newGrants returns the kind for /Roles or /Entitlements. Roles and entitlements
// come from the configuration, so their attribute `meta` lacks `created`,
// `lastModified` and `version`.
func newGrants(s *scim.GrantList) *kind {
	from := func(g scim.Grant) resource {
		return resource{types: s.Type, id: scim.ID(g.Value), doc: g.Document(), grant: &g}
	}
	history := selection{without: [][]string{{"meta", "created"}, {"meta", "lastModified"}, {"meta", "version"}}}
	return &kind{
		types: s.Type, readOnly: true, view: newView(s.Type).selected(history),
		get: func(_ context.Context, id scim.ID, _ bool) (resource, error) {
			g, err := s.Find(id)
			return from(g), err
		},
		list: func(_ context.Context, q scim.Query, _ bool) (scim.Page[resource], error) {
			return fromPage(s.List(q), from), nil
		},
	}
}

// ready sets the fields view and validator, which depend only on the resource type,
// and returns the kind.
func (k *kind) ready() (*kind, error) {
	k.view = newView(k.types)
	var err error
	k.validator, err = newValidator(k.types)
	return k, err
}

func fromUser(u scim.User) resource {
	return resource{types: scim.UserType(), id: u.ID, doc: u.Doc, meta: u.Meta, groups: u.Groups, manager: u.Manager}
}

func fromGroup(g scim.Group) resource {
	return resource{types: scim.GroupType(), id: g.ID, doc: g.Doc, meta: g.Meta, members: g.Members}
}

func fromPage[T any](p scim.Page[T], from func(T) resource) scim.Page[resource] {
	page := scim.Page[resource]{Total: p.Total, More: p.More, Cut: p.Cut, Items: make([]resource, 0, len(p.Items))}
	for _, item := range p.Items {
		page.Items = append(page.Items, from(item))
	}
	return page
}

// firstMembers returns the members of a new group.
func firstMembers(change *scim.MemberChange) []scim.Member {
	if change == nil {
		return nil
	}
	members := make([]scim.Member, 0, len(change.Add))
	for _, id := range change.Add {
		members = append(members, scim.Member{Value: id})
	}
	return members
}
