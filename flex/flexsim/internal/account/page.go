package account

import (
	"fmt"
)

// PageRequest asks for a part of a list.
type PageRequest struct {
	Size  int
	Token string // a Page's Next; "" means the first page
}

// Page is a page of a list.
type Page[T any] struct {
	Items  []T
	Number int    // 0 for the first page
	Next   string // the next page's token; "" on the last page
}

// cursor is what a token holds. A snapshot goes on after the Worker that the
// last page ended with, and ends with the last one that existed when the first
// page was asked for; a live page goes on at a position, so that whatever was
// deleted in between makes it skip.
type cursor struct {
	Mode   byte   // 's' or 'l'
	Number int    // of the page
	After  uint64 // s: the last item shown; l: the position
	Last   uint64 // s: the last item that the list will show
}

const tokenFormat = "PT%c.%d.%d.%d"

func (c cursor) token() string {
	return fmt.Sprintf(tokenFormat, c.Mode, c.Number, c.After, c.Last)
}

func parseToken(token string) (cursor, error) {
	var c cursor
	n, err := fmt.Sscanf(token, tokenFormat, &c.Mode, &c.Number, &c.After, &c.Last)
	if err != nil || n != 4 || c.Mode != 's' && c.Mode != 'l' || c.Number < 1 {
		return c, fmt.Errorf("PageToken %q is not one that was given out", token)
	}
	return c, nil
}

// cutPage takes a page out of items, which are sorted by key. A token holds its own
// stability; stability, "snapshot" or "live", counts for a first page.
func cutPage[T any](items []T, key func(T) uint64, page PageRequest, stability string) (Page[T], error) {
	var c cursor
	switch {
	case page.Token != "":
		var err error
		if c, err = parseToken(page.Token); err != nil {
			return Page[T]{}, err
		}
	case stability == "live":
		c.Mode = 'l'
	default:
		c.Mode = 's'
		if len(items) > 0 {
			c.Last = key(items[len(items)-1])
		}
	}
	from, to := c.bounds(len(items), func(i int) uint64 { return key(items[i]) })
	part := items[from:min(from+page.Size, to)]
	s := Page[T]{Items: part, Number: c.Number}
	if from+len(part) < to {
		c.Number++
		c.After = uint64(from + len(part))
		if c.Mode == 's' {
			c.After = key(part[len(part)-1])
		}
		s.Next = c.token()
	}
	return s, nil
}

// bounds finds what is left for the cursor in a list of n items.
func (c cursor) bounds(n int, key func(int) uint64) (from, to int) {
	if c.Mode == 'l' {
		return int(min(c.After, uint64(n))), n
	}
	from = search(n, func(i int) bool { return key(i) > c.After })
	to = search(n, func(i int) bool { return key(i) > c.Last })
	return min(from, to), to
}

// search is the first of n indexes for which beyond holds, n if for none.
func search(n int, beyond func(int) bool) int {
	low, high := 0, n
	for low < high {
		if mid := (low + high) / 2; beyond(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// convertPage copies a page's items in another shape.
func convertPage[T, U any](s Page[T], to func(T) U) Page[U] {
	items := make([]U, 0, len(s.Items))
	for _, item := range s.Items {
		items = append(items, to(item))
	}
	return Page[U]{Items: items, Number: s.Number, Next: s.Next}
}

// PageOf takes a page out of a list that never changes.
func PageOf[T any](items []T, page PageRequest) (Page[T], error) {
	type numbered struct {
		n    uint64
		item T
	}
	all := make([]numbered, 0, len(items))
	for i, item := range items {
		all = append(all, numbered{uint64(i + 1), item})
	}
	s, err := cutPage(all, func(n numbered) uint64 { return n.n }, page, "snapshot")
	return convertPage(s, func(n numbered) T { return n.item }), err
}
