package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// where is the condition of a query and its arguments.
type where struct {
	terms []string
	args  []any
}

func newWhere(c ConnectionID) *where {
	return &where{terms: []string{`connection_id = $1`}, args: []any{c}}
}

func (w *where) and(term string) { w.terms = append(w.terms, term) }

// bind adds an argument and says what stands for it.
func (w *where) bind(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

func (w *where) String() string { return strings.Join(w.terms, " and ") }

// column is an attribute that filters may compare: the condition, with ? for
// the key, and whether case counts.
type column struct {
	condition string
	exact     bool
	boolean   bool
}

// userColumn is the closed list of a User's attributes; RFC 7644 §3.4.2.2.
// A complex attribute without a sub-attribute means its value.
func userColumn(path string) (column, bool) {
	switch path {
	case "id":
		return column{condition: `user_id = ?`, exact: true}, true
	case "userName":
		return column{condition: `user_name_fold = ?`}, true
	case "displayName":
		return column{condition: `display_fold = ? and display_fold <> ''`}, true
	case "externalId":
		return column{condition: `external_id = ? and external_id <> ''`, exact: true}, true
	case "active":
		return column{condition: `active = ?`, boolean: true}, true
	case "emails", "emails.value":
		return column{condition: `user_id in (select e.user_id from user_email e where e.connection_id = $1 and e.email_fold = ?)`}, true
	case "manager", "manager.value":
		return column{condition: `manager_id = ? and manager_id <> ''`, exact: true}, true
	}
	return column{}, false
}

// groupColumn is the closed list of a Group's attributes.
func groupColumn(path string) (column, bool) {
	switch path {
	case "id":
		return column{condition: `group_id = ?`, exact: true}, true
	case "displayName":
		return column{condition: `display_name_fold = ?`}, true
	case "externalId":
		return column{condition: `external_id = ? and external_id <> ''`, exact: true}, true
	case "members", "members.value":
		return column{condition: `group_id in (select m.group_id from membership m
			join scim_user u on u.connection_id = m.connection_id and u.user_id = m.member_id and u.deleted_at = 0
			where m.connection_id = $1 and m.member_id = ?)`, exact: true}, true
	}
	return column{}, false
}

func userFilter(c ConnectionID, f scim.Filter) (*where, error) {
	w := newWhere(c)
	return w, w.filter(f, translation{
		column:    userColumn,
		emails:    true,
		supported: "id, userName, displayName, externalId, active, emails.value (with its type, too) and manager.value",
	})
}

func groupFilter(c ConnectionID, f scim.Filter) (*where, error) {
	w := newWhere(c)
	return w, w.filter(f, translation{
		column:    groupColumn,
		supported: "id, displayName, externalId and members.value",
	})
}

// translation is what a resource's filters may say.
type translation struct {
	column    func(path string) (column, bool)
	emails    bool // emails[type eq "work" and value eq "…"]
	supported string
}

// filter adds the conditions of f.
func (w *where) filter(f scim.Filter, t translation) error {
	if len(w.args) > scim.MaxFilterTerms {
		return scim.BadRequest(scim.InvalidFilter, "The filter has more than %d comparisons. Ask for less at once.", scim.MaxFilterTerms)
	}
	switch f := f.(type) {
	case nil:
		return nil
	case scim.And:
		for _, term := range f {
			if err := w.filter(term, t); err != nil {
				return err
			}
		}
		return nil
	case scim.Compare:
		return w.compare(f, t)
	case scim.Element:
		return w.element(f, t)
	}
	return t.refusal()
}

// element finds an address of a type: emails[type eq "work" and value eq "…"],
// in either order.
func (w *where) element(f scim.Element, t translation) error {
	terms, ok := f.Filter.(scim.And)
	if !ok || len(terms) != 2 || !t.emails || f.Attr != "emails" {
		return t.refusal()
	}
	given := map[string]string{} // :: sub-attribute → key
	for _, term := range terms {
		c, _ := term.(scim.Compare)
		if text, isText := c.Value.(string); isText && c.Op == scim.Eq {
			given[c.Attr] = key(scim.Fold(text))
		}
	}
	address, named := given["value"]
	kind, typed := given["type"]
	if !named || !typed {
		return t.refusal()
	}
	w.and(`user_id in (select e.user_id from user_email e where e.connection_id = $1 and e.email_fold = ` + w.bind(address) +
		` and e.type_fold = ` + w.bind(kind) + ` and e.type_fold <> '')`)
	return nil
}

func (w *where) compare(f scim.Compare, t translation) error {
	path := f.Attr
	if f.Sub != "" {
		path += "." + f.Sub
	}
	c, ok := t.column(path)
	if !ok || f.Op != scim.Eq {
		return t.refusal()
	}
	switch v := f.Value.(type) {
	case bool:
		if !c.boolean {
			return t.refusal()
		}
		w.and(strings.ReplaceAll(c.condition, "?", w.bind(v)))
	case string:
		if c.boolean {
			return t.refusal()
		}
		if !c.exact {
			v = scim.Fold(v)
		}
		w.and(strings.ReplaceAll(c.condition, "?", w.bind(key(v))))
	default:
		return t.refusal()
	}
	return nil
}

func (t translation) refusal() error {
	return scim.BadRequest(scim.InvalidFilter,
		"This filter is not supported. Compare %s with eq, and join comparisons with and.", t.supported)
}

// listing names what list reads.
type listing struct {
	columns, table, id string
	where              *where
}

// list reads a page in the order of creation, which never changes.
func list[T any](ctx context.Context, from conn, l listing, q scim.Query, scan func(*sql.Rows) (T, error)) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	condition, args := l.where.String(), l.where.args
	skip := max(q.StartIndex-1, 0)
	if q.Count > 0 {
		n := len(args)
		text := fmt.Sprintf(`select %s from %s where %s order by created_at, %s limit $%d offset $%d`,
			l.columns, l.table, condition, l.id, n+1, n+2)
		err := from.each(ctx, text, append(args[:n:n], q.Count, skip), func(rows *sql.Rows) error {
			item, err := scan(rows)
			page.Items = append(page.Items, item)
			return err
		})
		if err != nil {
			return page, err
		}
		if got := len(page.Items); got < q.Count && (got > 0 || skip == 0) {
			page.Total = skip + got
			return page, nil
		}
	}
	err := from.one(ctx, fmt.Sprintf(`select count(*) from %s where %s`, l.table, condition), args, &page.Total)
	return page, err
}
