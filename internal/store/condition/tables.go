package condition

import (
	"strconv"

	"github.com/flexscim/flexscim/scim"
)

// ownGroup are members m, and the groups g that they are in directly.
const ownGroup = `membership m join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
	where m.connection_id = $1`

// Users says which attributes of a User have columns in scim_user, or rows of their
// own. The first parameter is the connection.
func Users() Table {
	manager := Column{SQL: "manager_id", CaseExact: true, Optional: true}
	return Table{
		Columns: map[string]Column{
			"id":                                  {SQL: "user_id", CaseExact: true, Unordered: true, Key: true},
			"userName":                            {SQL: "user_name_fold", Key: true},
			"displayName":                         {SQL: "display_fold", Optional: true},
			"externalId":                          {SQL: "external_id", CaseExact: true, Optional: true, Key: true},
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
				Rows: `user_id in (select m.member_id from ` + ownGroup + ` and ?)`,
				Each: `exists (select 1 from ` + ownGroup + ` and m.member_id = scim_user.user_id and ? limit 1 offset 0)`,
				Columns: map[string]Column{
					"value":   {SQL: "g.group_id", CaseExact: true, Unordered: true},
					"display": {SQL: "g.display_name_fold"},
					"type":    {SQL: "'direct'", Unordered: true, Common: true},
				},
			},
		},
	}
}

// Nested is Users where groups are members of groups: a person is in those above
// their own, too, up to the level at which groups count. among is the condition
// that a column is one of a query's.
func Nested(among func(column, query string) string) Table {
	t := Users()
	groups := t.Lists["groups"]
	groups.Rows = `user_id in (select m.member_id from membership m where m.connection_id = $1 and ` + among("m.group_id",
		`with recursive inside (group_id, depth) as (
			select g.group_id, 0 from scim_group g where g.connection_id = $1 and ?
			union select m.member_id, i.depth + 1 from inside i cross join membership m
			where i.depth < `+strconv.Itoa(scim.MaxNesting)+` and m.connection_id = $1 and m.group_id = i.group_id and m.is_group = true)
		select group_id from inside`) + `)`
	delete(groups.Columns, "type") // the first way there tells, and others are found, too
	groups.Each = ""
	t.Lists["groups"] = groups
	return t
}

// shownMember are the members m of groups: users u and groups n. Who is pending is
// in no answer. The bounds of Each keep PostgreSQL from gathering the members of
// all groups.
const shownMember = `membership m
	left join scim_user u on u.connection_id = m.connection_id and u.user_id = m.member_id and u.deleted_at + 0 = 0
	left join scim_group n on n.connection_id = m.connection_id and n.group_id = m.member_id and n.is_member = true
	where m.connection_id = $1 and (u.user_id is not null or n.group_id is not null)`

// Groups says which attributes of a Group have columns in scim_group.
func Groups() Table {
	return Table{
		Columns: map[string]Column{
			"id":                {SQL: "group_id", CaseExact: true, Unordered: true, Key: true},
			"displayName":       {SQL: "display_name_fold", Key: true},
			"externalId":        {SQL: "external_id", CaseExact: true, Optional: true, Key: true},
			"meta.created":      {SQL: "created_at", Kind: Time},
			"meta.lastModified": {SQL: "modified_at", Kind: Time},
		},
		Lists: map[string]List{"members": {
			Rows:    `group_id in (select m.group_id from ` + shownMember + ` and ?)`,
			Each:    `exists (select 1 from ` + shownMember + ` and m.group_id = scim_group.group_id and ? limit 1 offset 0)`,
			Columns: map[string]Column{"value": {SQL: "m.member_id", CaseExact: true, Unordered: true}},
		}},
	}
}
