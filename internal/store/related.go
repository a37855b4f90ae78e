package store

import (
	"context"
	"errors"
	"strconv"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// This file limits how many members the groups on one page have together, and how
// many groups the users on one page have together. If there would be too many, the
// page has fewer resources than requested.

// limited is a Querier whose queries together read at most limited.most rows. The
// text of a query must not have an SQL limit, because limited.Query appends one.
type limited struct {
	db.Querier

	most, seen int
}

var errTooManyRows = errors.New("there are too many rows")

// limited.Query returns errTooManyRows if the queries find more rows than
// limited.most.
func (l *limited) Query(ctx context.Context, text string, args []any, scan func(db.Row) error) error {
	return l.Querier.Query(ctx, text+" limit "+strconv.Itoa(l.most+1), args, func(r db.Row) error {
		if l.seen++; l.seen > l.most {
			return errTooManyRows
		}
		return scan(r)
	})
}

// fitting calls the function fill with n. As long as fill would read too many rows,
// fitting halves n and calls fill again. It returns the n with which fill
// succeeded. If n is 1, fill may read any number of rows, because a page has at
// least one resource.
func (s *Store) fitting(from db.Querier, n int, fill func(from db.Querier, n int) error) (kept int, err error) {
	for ; n > 1; n /= 2 {
		err := fill(&limited{Querier: from, most: s.maxPageMembers}, n)
		if !errors.Is(err, errTooManyRows) {
			return n, err
		}
	}
	return n, fill(from, n)
}

// inTurn waits for the connection's turn, and then calls fn with a Reader for
// queries that may take long. The turn ends when fn returns; with a context from
// turns.Keep, it ends later. If ctx ends before the turn begins, inTurn returns an
// error.
func (s *Store) inTurn(ctx context.Context, c ConnectionID, fn func(from db.Reader) error) error {
	leave, err := s.lists.EnterKept(ctx, string(c))
	if err != nil {
		return &UnavailableError{Err: err}
	}
	defer leave()
	return fn(s.db.ListReader())
}

// readPage reads a page. Unless the query is a look-up, readPage first waits for
// the connection's turn.
func readPage[T any](ctx context.Context, s *Store, c ConnectionID, l list.Resource[T], selection list.Selection) (page scim.Page[T], err error) {
	if l.IsLookUp(selection) {
		return l.Page(ctx, s.db.SharedReader(), selection, s.limits())
	}
	err = s.inTurn(ctx, c, func(from db.Reader) (err error) {
		page, err = l.Page(ctx, from, selection, s.limits())
		return err
	})
	return page, err
}

// limits returns the limits of one page.
func (s *Store) limits() list.Limits { return list.Limits{Scan: s.maxScan, Bytes: s.maxPageBytes} }

// addMembers reads the members of the groups on a page. It returns how many groups
// the page can have.
func (s *Store) addMembers(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group) (kept int, err error) {
	return s.fitting(from, len(groups), func(from db.Querier, n int) error {
		for i := range groups {
			groups[i].Members = nil // an earlier attempt that failed may have added members
		}
		return addMembersTo(ctx, from, c, groups[:n])
	})
}

// showGroups adds the groups of the users on a page.
func (s *Store) showGroups(ctx context.Context, from db.Querier, c ConnectionID, q scim.Query, page *scim.Page[scim.User]) error {
	return list.Shorten(page, q, func(users []scim.User) (int, error) { return s.addGroups(ctx, from, c, users) })
}

// addGroups reads the groups of the users on a page. It returns how many users the
// page can have.
func (s *Store) addGroups(ctx context.Context, from db.Querier, c ConnectionID, users []scim.User) (kept int, err error) {
	kept, err = s.fitting(from, len(users), func(from db.Querier, n int) error {
		return fillGroups(ctx, from, c, pointers(users[:n]))
	})
	if err != nil {
		return kept, err
	}
	total := 0 // with indirect groups
	for i, u := range users[:kept] {
		if total += len(u.Groups); total > s.maxPageMembers && i > 0 {
			return i, nil
		}
	}
	return kept, nil
}
