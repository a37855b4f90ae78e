package list

import (
	"context"
	"errors"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// tray collects resources up to a total size of their rows. It accepts the first
// resource whatever its size.
type tray[T any] struct {
	most int // bytes

	items []T
	size  int  // bytes of the rows of these resources
	full  bool // a resource did not fit
}

// errFull ends a query whose other rows do not fit into the tray.
var errFull = errors.New("the tray is full")

// tray.read adds the resources that a query finds, until the tray is full.
func (t *tray[T]) read(ctx context.Context, from db.Querier, text string, args []any, read Read[T]) error {
	err := from.Query(ctx, text, args, func(r db.Row) error {
		item, size, err := read(r)
		if err != nil {
			return err
		}
		if t.size+size > t.most && len(t.items) > 0 {
			t.full = true
			return errFull
		}
		t.items, t.size = append(t.items, item), t.size+size
		return nil
	})
	if t.full {
		return nil
	}
	return err
}

// byID reads the resources with the given ids, in the order of the slice ids. If
// their rows are too large, it returns only the first resources, and cut is true.
func (l Resource[T]) byID(ctx context.Context, from db.Reader, s Selection, ids []scim.ID) (items []T, cut bool, err error) {
	t := tray[T]{most: s.limits.Bytes}
	err = db.InChunks(ids, func(part []scim.ID) error {
		if t.full {
			return nil
		}
		return l.addByID(ctx, from, s, &t, part)
	})
	if err != nil || !t.full {
		return l.inOrderOf(ids, t.items), false, err
	}
	t = tray[T]{most: s.limits.Bytes} // read the rows again, one by one, because the query above returned them in any order
	for _, id := range ids {
		if err := l.addByID(ctx, from, s, &t, []scim.ID{id}); err != nil || t.full {
			return t.items, t.full, err
		}
	}
	return t.items, false, nil
}

func (l Resource[T]) addByID(ctx context.Context, from db.Reader, s Selection, t *tray[T], ids []scim.ID) error {
	text := "select " + l.Shown + " from " + l.Table + " where connection_id = $1 and " + l.ID + " in (" + db.Places(2, len(ids)) + ")"
	return t.read(ctx, from, text, db.Args(ids, s.Args[0]), l.Show) // Args[0] is the connection
}

// inOrderOf returns the resources in the order that their ids have in the slice
// ids.
func (l Resource[T]) inOrderOf(ids []scim.ID, items []T) []T {
	sorted := make([]T, len(ids))
	place := make(map[scim.ID]int, len(ids)) // :: id → index in sorted
	for i, id := range ids {
		place[id] = i
	}
	for _, item := range items {
		id, _ := l.Meta(item)
		sorted[place[id]] = item
	}
	return sorted
}
