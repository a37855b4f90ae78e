package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/internal/store/condition"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// defaultScan is how many resources of one list request are looked at one by
// one, at most: some 0.3 s.
const defaultScan = 20_000

// scanBatch is how many are read at once.
const scanBatch = 500

// listing is how one type of resource is listed.
type listing[T any] struct {
	plural     string // for people
	columns    string // of a document: what scan reads
	shown      string // what show reads
	table, id  string
	tally      string // the query for how many there are in all, "" for none
	alive      string // a column that is 0 for what is there at all, "" for none
	attributes condition.Table
	indexed    string // attributes that need no look at each resource, for people

	scan    func(db.Row) (T, error) // what filters look at
	show    func(db.Row) (T, error) // what pages show
	matches func(T, scim.Filter) bool
	place   func(T, scim.Sort) scim.Place
	at      func(T) (scim.ID, scim.Meta)
	// fill reads what a filter or an order asks about but a document does not
	// have, into resources that were just read. Nil: nothing.
	fill func(ctx context.Context, from db.Querier, some []T) error
	// complete reads what a page shows beside documents, in the moment that
	// the page is of. Nil: nothing.
	complete func(ctx context.Context, from db.Querier, page []T) error
}

// found is what a filter means to a listing: a condition that begins with the
// connection, and whether it says all.
type found struct {
	condition.Condition

	query   scim.Query
	created string // the time of creation, which never changes; equals are ordered by id
	order   string // of creation
}

// find says what a query means. Where a value leads to the result, SQLite is
// kept from the index that it would rather walk through, that by time of
// creation; where the rows of a list do, from those of what is alive, too.
func (l listing[T]) find(c ConnectionID, q scim.Query) found {
	f := found{Condition: l.attributes.Of(q.Filter, c), query: q, created: "created_at"}
	alive := ""
	if l.alive != "" {
		alive = " and " + l.alive + " = 0"
	}
	if f.Few {
		alive = strings.Replace(alive, " = ", " + 0 = ", 1)
	}
	if f.Few || f.Near {
		f.created = "created_at + 0"
	}
	f.order = f.created + ", " + l.id
	f.SQL = "connection_id = $1" + alive + " and " + f.SQL
	return f
}

// page answers a query. Where columns can tell, the database answers all of
// it; what they cannot tell is asked of each resource that the rest of the
// filter leaves, up to a bound (400 tooMany).
func (l listing[T]) page(ctx context.Context, s *Store, f found) (scim.Page[T], error) {
	if n := comparisons(f.query.Filter); n > scim.MaxFilterTerms {
		return scim.Page[T]{}, refusal.FilterComparisons.New(scim.MaxFilterTerms)
	}
	if f.Exact && f.query.Sort.IsZero() && l.complete == nil {
		from := s.db.Reader()
		if f.One {
			from = s.db.SharedReader()
		}
		return l.selected(ctx, from, f, s.maxScan)
	}
	var page scim.Page[T]
	err := s.db.Reader().Snapshot(ctx, func(from db.Reader) (err error) {
		page, err = l.selected(ctx, from, f, s.maxScan)
		if err == nil && l.complete != nil {
			err = l.complete(ctx, from, page.Items)
		}
		return err
	})
	return page, err
}

// selected reads a page in the way that answers it best.
func (l listing[T]) selected(ctx context.Context, from db.Reader, f found, most int) (scim.Page[T], error) {
	column, sortable := l.attributes.Sorted(f.query.Sort)
	unsorted, walks := f.query.Sort.IsZero(), f.query.Walk != nil
	switch {
	case !f.Exact || !sortable && !unsorted:
		return l.scanned(ctx, from, f, most)
	case walks && unsorted:
		return l.walked(ctx, from, f, nil)
	case walks:
		return l.walked(ctx, from, f, &column)
	case unsorted:
		return l.inOrder(ctx, from, f)
	}
	return l.sorted(ctx, from, f, column.Order(f.query.Sort.Descending))
}

// farPage is from where on a page is looked for from the nearer end: what it
// has to pass by costs more there than a second query.
const farPage = 500

// inOrder reads a page in the order of creation, which never changes.
func (l listing[T]) inOrder(ctx context.Context, from db.Reader, f found) (scim.Page[T], error) {
	skip := max(f.query.StartIndex-1, 0)
	page := scim.Page[T]{Items: []T{}}
	if skip >= farPage && f.query.Count > 0 {
		err := from.Snapshot(ctx, func(from db.Reader) (err error) {
			page, err = l.far(ctx, from, f, skip)
			return err
		})
		return page, err
	}
	if f.query.Count > 0 {
		n := len(f.Args)
		text := "select " + l.shown + " from " + l.table + " where " + f.SQL + " order by " + f.order +
			" limit $" + strconv.Itoa(n+1) + " offset $" + strconv.Itoa(n+2)
		err := from.Query(ctx, text, append(f.Args[:n:n], f.query.Count, skip), func(r db.Row) error {
			item, err := l.show(r)
			page.Items = append(page.Items, item)
			return err
		})
		if err != nil {
			return page, err
		}
		if got := len(page.Items); got < f.query.Count && (got > 0 || skip == 0) {
			page.Total = skip + got
			return page, nil
		}
	}
	return page, l.count(ctx, from, f, &page.Total)
}

// far reads a page that is not near the start. Where it is nearer to the end,
// it is counted from there: at one moment, since each who comes moves the end.
// What is passed by is in the index alone; documents are read after that.
func (l listing[T]) far(ctx context.Context, from db.Reader, f found, skip int) (page scim.Page[T], err error) {
	page.Items = []T{}
	if err := l.count(ctx, from, f, &page.Total); err != nil || skip >= page.Total {
		return page, err
	}
	count, way := min(f.query.Count, page.Total-skip), ""
	behind := page.Total - skip - count
	if behind < skip {
		skip, way = behind, " desc"
	}
	n := len(f.Args)
	text := fmt.Sprintf("select %[1]s from %[2]s where %[3]s order by %[4]s%[5]s, %[1]s%[5]s limit $%[6]d offset $%[7]d",
		l.id, l.table, f.SQL, f.created, way, n+1, n+2)
	var ids []scim.ID
	if err := from.Query(ctx, text, append(f.Args[:n:n], count, skip), db.Collect(&ids)); err != nil {
		return page, err
	}
	if way != "" {
		slices.Reverse(ids)
	}
	page.Items, err = l.read(ctx, from, f, ids)
	return page, err
}

// count is how many there are. Of all there are it is known for some types.
func (l listing[T]) count(ctx context.Context, from db.Reader, f found, into *int) error {
	if f.query.Filter == nil && l.tally != "" {
		if err := from.QueryOne(ctx, l.tally, f.Args, into); !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return from.QueryOne(ctx, "select count(*) from "+l.table+" where "+f.SQL, f.Args, into)
}

// sorted reads a page in the order of a column.
func (l listing[T]) sorted(ctx context.Context, from db.Reader, f found, order string) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.count(ctx, from, f, &page.Total); err != nil || f.query.Count <= 0 {
		return page, err
	}
	n := len(f.Args)
	text := fmt.Sprintf("select %[1]s from %[2]s where %[3]s order by %[4]s, created_at, %[1]s limit $%[5]d offset $%[6]d",
		l.id, l.table, f.SQL, order, n+1, n+2)
	var ids []scim.ID // without documents, which the database would sort, too
	err := from.Query(ctx, text, append(f.Args[:n:n], f.query.Count, max(f.query.StartIndex-1, 0)), db.Collect(&ids))
	if err != nil {
		return page, err
	}
	page.Items, err = l.read(ctx, from, f, ids)
	return page, err
}

// walked reads the page beside a place (RFC 9865): it is found by what the
// place is, wherever that is.
func (l listing[T]) walked(ctx context.Context, from db.Reader, f found, column *condition.Column) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.count(ctx, from, f, &page.Total); err != nil || f.query.Count <= 0 {
		return page, err
	}
	order := condition.Order{Column: column, Descending: f.query.Sort.Descending, Created: f.created, ID: l.id}
	for _, s := range order.Stretches(*f.query.Walk, f.Args) {
		more, err := l.first(ctx, from, f, s, f.query.Count+1-len(page.Items))
		if err != nil {
			return page, err
		}
		if page.Items = append(page.Items, more...); len(page.Items) > f.query.Count {
			page.Items, page.More = page.Items[:f.query.Count], true
			break
		}
	}
	if f.query.Walk.Back {
		slices.Reverse(page.Items)
	}
	return page, nil
}

// first reads the first resources of a stretch.
func (l listing[T]) first(ctx context.Context, from db.Reader, f found, s condition.Stretch, most int) (items []T, err error) {
	args := slices.Concat(s.Args, []any{most})
	text := " from " + l.table + " where " + f.SQL + s.Where + " order by " + s.By + " limit $" + strconv.Itoa(len(args))
	if f.query.Sort.IsZero() {
		err = from.Query(ctx, "select "+l.shown+text, args, func(r db.Row) error {
			item, err := l.show(r)
			items = append(items, item)
			return err
		})
		return items, err
	}
	var ids []scim.ID // without documents, which the database would sort, too
	if err := from.Query(ctx, "select "+l.id+text, args, db.Collect(&ids)); err != nil {
		return nil, err
	}
	return l.read(ctx, from, f, ids)
}

// read reads resources by id, in the order of ids.
func (l listing[T]) read(ctx context.Context, from db.Reader, f found, ids []scim.ID) ([]T, error) {
	items := make([]T, len(ids))
	place := make(map[scim.ID]int, len(ids)) // :: id → index in items
	for i, id := range ids {
		place[id] = i
	}
	for part := range db.Chunks(ids) {
		args := f.Args[:1:1] // the connection
		for _, id := range part {
			args = append(args, id)
		}
		err := from.Query(ctx, "select "+l.shown+" from "+l.table+" where connection_id = $1 and "+l.id+
			" in ("+db.Places(2, len(part))+")", args, func(r db.Row) error {
			item, err := l.show(r)
			id, _ := l.at(item)
			items[place[id]] = item
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// scanned looks at each resource that the condition selects.
func (l listing[T]) scanned(ctx context.Context, from db.Reader, f found, most int) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.bounded(ctx, from, f, most); err != nil {
		return page, err
	}
	if !f.query.Sort.IsZero() || f.query.Walk != nil {
		return l.scanSorted(ctx, from, f)
	}
	first := max(f.query.StartIndex, 1)
	var ids []scim.ID
	err := l.each(ctx, from, f, func(item T) {
		page.Total++
		if page.Total >= first && len(ids) < f.query.Count {
			id, _ := l.at(item)
			ids = append(ids, id)
		}
	})
	if err != nil {
		return page, err
	}
	page.Items, err = l.read(ctx, from, f, ids)
	return page, err
}

// scanSorted keeps the keys of what it sees, and reads the page again: the
// documents of all of them would not be small.
func (l listing[T]) scanSorted(ctx context.Context, from db.Reader, f found) (scim.Page[T], error) {
	var all []scim.Place
	err := l.each(ctx, from, f, func(item T) { all = append(all, l.place(item, f.query.Sort)) })
	if err != nil {
		return scim.Page[T]{}, err
	}
	slices.SortFunc(all, f.query.Sort.ComparePlaces)
	page := scim.Page[T]{Total: len(all)}
	start := min(max(f.query.StartIndex-1, 0), len(all))
	end := start + min(max(f.query.Count, 0), len(all)-start)
	if f.query.Walk != nil {
		start, end, page.More = f.query.Walk.Cut(f.query.Sort, all, f.query.Count)
	}
	ids := make([]scim.ID, 0, end-start)
	for _, k := range all[start:end] {
		ids = append(ids, k.ID)
	}
	page.Items, err = l.read(ctx, from, f, ids)
	return page, err
}

// bounded refuses to look at more than most resources.
func (l listing[T]) bounded(ctx context.Context, from db.Reader, f found, most int) error {
	var n int
	text := "select count(*) from (select 1 from " + l.table + " where " + f.SQL + " limit " + strconv.Itoa(most+1) + ") as seen"
	if err := from.QueryOne(ctx, text, f.Args, &n); err != nil || n <= most {
		return err
	}
	return refusal.TooManyToScan.New(most, l.plural, l.indexed)
}

// each calls fn with every resource that matches, in the order of creation.
func (l listing[T]) each(ctx context.Context, from db.Reader, f found, fn func(T)) error {
	n := len(f.Args)
	text := fmt.Sprintf("select %[1]s from %[2]s where %[3]s and (created_at, %[4]s) > ($%[5]d, $%[6]d) order by %[8]s limit %[7]d",
		l.columns, l.table, f.SQL, l.id, n+1, n+2, scanBatch, f.order)
	created, id := int64(-1), scim.ID("")
	for {
		batch := make([]T, 0, scanBatch)
		err := from.Query(ctx, text, append(f.Args[:n:n], created, id), func(r db.Row) error {
			item, err := l.scan(r)
			batch = append(batch, item)
			return err
		})
		if err == nil && l.fill != nil {
			err = l.fill(ctx, from, batch)
		}
		if err != nil {
			return err
		}
		for _, item := range batch {
			if f.Exact || l.matches(item, f.query.Filter) {
				fn(item)
			}
		}
		if len(batch) < scanBatch {
			return nil
		}
		last, meta := l.at(batch[len(batch)-1])
		created, id = db.Micros(meta.Created), last
	}
}

// comparisons counts those of a filter, in value filters, too.
func comparisons(f scim.Filter) (n int) {
	for leaf := range condition.Leaves(f) {
		n++
		if e, ok := leaf.(scim.Element); ok {
			n += comparisons(e.Filter) - 1
		}
	}
	return n
}

// asksAbout says whether a query looks at an attribute of the core schema.
func asksAbout(q scim.Query, attr string) bool {
	for leaf := range condition.Leaves(q.Filter) {
		switch leaf := leaf.(type) {
		case scim.Compare:
			if leaf.URN == "" && leaf.Attr == attr {
				return true
			}
		case scim.Element:
			if leaf.URN == "" && leaf.Attr == attr {
				return true
			}
		}
	}
	return q.Sort.By.URN == "" && q.Sort.By.Attr == attr
}
