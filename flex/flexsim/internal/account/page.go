package account

import (
	"fmt"
	"sort"
)

// PageRequest requests a page of a list.
type PageRequest struct {
	Size  int
	Token string // the field Next of the previous page; "": the first page
}

// Page is a page of a list.
type Page[T any] struct {
	Items  []T
	Number int    // 0 for the first page
	Next   string // token of the next page; "": this is the last page
}

// cursor is the content of a token. In the mode "snapshot", the next page begins
// after the last item of the previous page, and the list ends with the last item
// that existed when the first page was read. In the mode "live", the next page
// begins at a position in the list. If items before this position are deleted
// between two pages, a list in the mode "live" skips items.
type cursor struct {
	Mode   byte   // 's': snapshot, 'l': live
	Number int    // of the page
	After  uint64 // snapshot: key of the last item of the previous page; live: the position
	Last   uint64 // snapshot: key of the last item of the list
}

const tokenFormat = "PT%c.%d.%d.%d"

func (c cursor) token() string {
	return fmt.Sprintf(tokenFormat, c.Mode, c.Number, c.After, c.Last)
}

func parseToken(token string) (cursor, error) {
	var c cursor
	n, err := fmt.Sscanf(token, tokenFormat, &c.Mode, &c.Number, &c.After, &c.Last)
	if err != nil || n != 4 || c.Mode != 's' && c.Mode != 'l' || c.Number < 1 {
		return c, Invalid("PageToken %q is not one that was given out", token)
	}
	return c, nil
}

// cutPage returns one page of a list; items is the whole list. The function show
// converts each item. The items must be sorted by the result of the function key,
// whose argument is an item's index. The parameter stability ("snapshot" or "live")
// applies to the first page. For further pages, the token contains the stability of
// the first page.
func cutPage[T, U any](items []T, key func(int) uint64, page PageRequest, stability string, show func(T) U) (Page[U], error) {
	var c cursor
	switch {
	case page.Token != "":
		var err error
		if c, err = parseToken(page.Token); err != nil {
			return Page[U]{}, err
		}
	case stability == "live":
		c.Mode = 'l'
	default:
		c.Mode = 's'
		if len(items) > 0 {
			c.Last = key(len(items) - 1)
		}
	}
	from, most := c.bounds(len(items), key)
	to := min(from+page.Size, most)
	s := Page[U]{Items: make([]U, 0, to-from), Number: c.Number}
	for _, item := range items[from:to] {
		s.Items = append(s.Items, show(item))
	}
	if to < most {
		c.Number++
		c.After = uint64(to)
		if c.Mode == 's' {
			c.After = key(to - 1)
		}
		s.Next = c.token()
	}
	return s, nil
}

// bounds returns the index range of the items that follow the cursor in a list of n
// items.
func (c cursor) bounds(n int, key func(int) uint64) (from, to int) {
	if c.Mode == 'l' {
		return int(min(c.After, uint64(n))), n
	}
	from = sort.Search(n, func(i int) bool { return key(i) > c.After })
	to = sort.Search(n, func(i int) bool { return key(i) > c.Last })
	return min(from, to), to
}

// PageOf returns a page of an immutable list.
func PageOf[T any](items []T, page PageRequest) (Page[T], error) {
	number := func(i int) uint64 { return uint64(i + 1) }
	return cutPage(items, number, page, "snapshot", func(item T) T { return item })
}
