package account

import (
	"fmt"
)

// PageRequest requests a page of a list.
type PageRequest struct {
	Size  int
	Token string // the Next of a Page; "": the first page
}

// Page is a page of a list.
type Page[T any] struct {
	Items  []T
	Number int    // 0 for the first page
	Next   string // token of the next page; "": this is the last
}

// cursor is the content of a token. A snapshot continues after the last item of
// the page before, and ends with the last item that existed at the first page. A
// live list continues at a position, so that a deletion in between makes it skip
// items.
type cursor struct {
	Mode   byte   // 's': snapshot, 'l': live
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

// cutPage returns a page of items, which are sorted by key. stability, "snapshot"
// or "live", applies to the first page; a token contains it.
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

// bounds returns the part of a list of n items that is left for the cursor.
func (c cursor) bounds(n int, key func(int) uint64) (from, to int) {
	if c.Mode == 'l' {
		return int(min(c.After, uint64(n))), n
	}
	from = search(n, func(i int) bool { return key(i) > c.After })
	to = search(n, func(i int) bool { return key(i) > c.Last })
	return min(from, to), to
}

// search returns the first of n indexes for which beyond is true, or n.
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

// convertPage converts the items of a page.
func convertPage[T, U any](s Page[T], to func(T) U) Page[U] {
	items := make([]U, 0, len(s.Items))
	for _, item := range s.Items {
		items = append(items, to(item))
	}
	return Page[U]{Items: items, Number: s.Number, Next: s.Next}
}

// PageOf returns a page of a list that never changes.
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
