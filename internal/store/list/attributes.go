package list

import (
	"strconv"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// Attributes maps the attributes of a resource type to SQL.
type Attributes struct {
	Columns map[string]Column // :: path of an attribute, such as name.givenName or URN:manager
	Lists   map[string]List   // :: name of a multi-valued attribute of the core schema
}

// Kind is the type of a column.
type Kind int

// The kinds of columns.
const (
	Text    Kind = iota // text keys, see scim.TextKey
	Boolean             // never null
	Time                // Unix microseconds
)

// Column describes the column of one attribute.
type Column struct {
	SQL       string
	Kind      Kind
	CaseExact bool
	Optional  bool // '' means no value
	Unordered bool // SQL can express only comparisons for equality
	Common    bool // many rows have the same value, so an index does not help
	Key       bool // few rows have the same value
}

// List describes a table with the elements of a multi-valued attribute as rows.
type List struct {
	Rows    string            // SQL condition: the resource has a row for which the condition "?" is true
	Each    string            // form of Rows for use without an index: the database evaluates it for each resource; "": use Rows
	Columns map[string]Column // :: sub-attribute → column of a row
	Sparse  bool              // the table has no rows for elements without a value
}

// ownGroup selects each member m together with each group g of which m is a direct
// member.
const ownGroup = `membership m join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
	where m.connection_id = $1`

// Users returns the attributes of a User that have columns in scim_user or rows in
// other tables. In the SQL of these attributes, the first parameter is the
// connection.
func Users() Attributes {
	manager := Column{SQL: "manager_id", CaseExact: true, Optional: true}
	return Attributes{
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
				Each: `exists (select 1 from ` + ownGroup + ` and m.member_id = scim_user.user_id and ?` + db.KeepSubquery + `)`,
				Columns: map[string]Column{
					"value":   {SQL: "g.group_id", CaseExact: true, Unordered: true},
					"display": {SQL: "g.display_name_fold"},
					"type":    {SQL: "'direct'", Unordered: true, Common: true},
				},
			},
		},
	}
}

// UsersOfNestedGroups returns the attributes of a User for a connection with nested
// groups. In such a connection, the groups of a person include indirect groups, up to
// scim.MaxNesting levels.
func UsersOfNestedGroups(s db.Syntax) Attributes {
	a := Users()
	groups := a.Lists["groups"]
	groups.Rows = `user_id in (select m.member_id from membership m where m.connection_id = $1 and ` + db.Among(s, "m.group_id",
		`with recursive inside (group_id, depth) as (
			select g.group_id, 0 from scim_group g where g.connection_id = $1 and ?
			union select m.member_id, i.depth + 1 from inside i`+db.InOrder+`membership m
			where i.depth < `+strconv.Itoa(scim.MaxNesting)+` and m.connection_id = $1 and m.group_id = i.group_id and m.is_group = true)
		select group_id from inside`) + `)`
	delete(groups.Columns, "type") // the condition cannot tell direct groups from indirect groups
	groups.Each = ""
	a.Lists["groups"] = groups
	return a
}

// Groups returns the attributes of a Group that have columns in scim_group or
// rows in other tables.
func Groups() Attributes {
	// In this SQL text, the member m is either the user u or the group n. A pending
	// member has neither u nor n, so it does not match.
	member := `membership m
	left join scim_user u on u.connection_id = m.connection_id and u.user_id = m.member_id and ` + db.NoIndex("u.deleted_at") + ` = 0
	left join scim_group n on n.connection_id = m.connection_id and n.group_id = m.member_id and n.is_member = true
	where m.connection_id = $1 and (u.user_id is not null or n.group_id is not null)`
	return Attributes{
		Columns: map[string]Column{
			"id":                {SQL: "group_id", CaseExact: true, Unordered: true, Key: true},
			"displayName":       {SQL: "display_name_fold", Key: true},
			"externalId":        {SQL: "external_id", CaseExact: true, Optional: true, Key: true},
			"meta.created":      {SQL: "created_at", Kind: Time},
			"meta.lastModified": {SQL: "modified_at", Kind: Time},
		},
		Lists: map[string]List{"members": {
			Rows:    `group_id in (select m.group_id from ` + member + ` and ?)`,
			Each:    `exists (select 1 from ` + member + ` and m.group_id = scim_group.group_id and ?` + db.KeepSubquery + `)`,
			Columns: map[string]Column{"value": {SQL: "m.member_id", CaseExact: true, Unordered: true}},
		}},
	}
}
