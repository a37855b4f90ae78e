package condition

import "github.com/flexscim/flexscim/scim"

// Users says which attributes of a User have columns in scim_user, or rows of their
// own. The first parameter is the connection.
func Users() Table {
	manager := Column{SQL: "manager_id", CaseExact: true, Optional: true}
	return Table{
		Columns: map[string]Column{
			"id":                                  {SQL: "user_id", CaseExact: true, Unordered: true},
			"userName":                            {SQL: "user_name_fold"},
			"displayName":                         {SQL: "display_fold", Optional: true},
			"externalId":                          {SQL: "external_id", CaseExact: true, Optional: true},
			"active":                              {SQL: "active", Kind: Boolean},
			"meta.created":                        {SQL: "created_at", Kind: Time},
			"meta.lastModified":                   {SQL: "modified_at", Kind: Time},
			scim.URNEnterprise + ":manager":       manager,
			scim.URNEnterprise + ":manager.value": manager,
		},
		Lists: map[string]List{
			"emails": {
				Rows:    `user_id in (select e.user_id from user_email e where e.connection_id = $1 and ?)`,
				Columns: map[string]Column{"value": {SQL: "e.email_fold"}, "type": {SQL: "e.type_fold", Optional: true}},
				Sparse:  true,
			},
			"groups": {
				Rows: `user_id in (select m.member_id from membership m
					join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
					where m.connection_id = $1 and ?)`,
				Columns: map[string]Column{
					"value":   {SQL: "g.group_id", CaseExact: true, Unordered: true},
					"display": {SQL: "g.display_name_fold"},
				},
			},
		},
	}
}

// Groups says which attributes of a Group have columns in scim_group.
func Groups() Table {
	return Table{
		Columns: map[string]Column{
			"id":                {SQL: "group_id", CaseExact: true, Unordered: true},
			"displayName":       {SQL: "display_name_fold"},
			"externalId":        {SQL: "external_id", CaseExact: true, Optional: true},
			"meta.created":      {SQL: "created_at", Kind: Time},
			"meta.lastModified": {SQL: "modified_at", Kind: Time},
		},
		Lists: map[string]List{"members": {
			Rows: `group_id in (select m.group_id from membership m
				left join scim_user u on u.connection_id = m.connection_id and u.user_id = m.member_id and u.deleted_at + 0 = 0
				left join scim_group n on n.connection_id = m.connection_id and n.group_id = m.member_id and n.is_member = true
				where m.connection_id = $1 and (u.user_id is not null or n.group_id is not null) and ?)`,
			Columns: map[string]Column{"value": {SQL: "m.member_id", CaseExact: true, Unordered: true}},
		}},
	}
}

// Members is what a filter wants to know about a group's members.
type Members struct {
	IDs []scim.ID // whether one of these is a member; the others: whether there are any
}

// AskedMembers is false where a filter wants to know more: a group has up to
// 100,000 members, and they are not read for a filter.
func AskedMembers(f scim.Filter) (m Members, known bool) {
	for leaf := range Leaves(f) {
		switch leaf := leaf.(type) {
		case scim.Compare:
			if leaf.Attr == "members" && !m.compare(leaf) {
				return m, false
			}
		case scim.Element:
			if leaf.Attr == "members" && !m.element(leaf.Filter) {
				return m, false
			}
		}
	}
	return m, true
}

// compare notes whom a comparison is about.
func (m *Members) compare(c scim.Compare) bool {
	if c.Sub != "value" && c.Sub != "" {
		return false
	}
	id, text := c.Value.(string)
	if text && c.Op == scim.Eq {
		m.IDs = append(m.IDs, scim.ID(id))
		return true
	}
	return c.Op == scim.Pr || c.Value == nil && (c.Op == scim.Eq || c.Op == scim.Ne)
}

// element notes the members that a value filter can be true of.
func (m *Members) element(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		for _, term := range f {
			if m.element(term) {
				return true
			}
		}
	case scim.Or:
		for _, term := range f {
			if !m.element(term) {
				return false
			}
		}
		return len(f) > 0
	case scim.Compare:
		return f.Op == scim.Eq && f.Attr == "value" && f.Value != nil && m.compare(scim.Compare{Op: scim.Eq, Value: f.Value})
	}
	return false
}
