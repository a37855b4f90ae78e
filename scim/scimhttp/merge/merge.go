package merge

// Item is an element of one of two lists.
type Item[T any] struct {
	List int // 0 or 1
	Of   T
}

// All are the elements of two lists in their order. less says that an element
// of the second list comes before one of the first.
func All[T any](first, second []T, less func(ofSecond, ofFirst T) bool) []Item[T] {
	all := make([]Item[T], 0, len(first)+len(second))
	for len(first) > 0 || len(second) > 0 {
		if len(first) == 0 || len(second) > 0 && less(second[0], first[0]) {
			all, second = append(all, Item[T]{1, second[0]}), second[1:]
		} else {
			all, first = append(all, Item[T]{0, first[0]}), first[1:]
		}
	}
	return all
}

// Split is how many of the first n elements of two lists, of sizes a and b, are
// the first list's, where n is at most a + b. It looks at elements by number,
// twice for each time that n can be halved. less is that of All, for elements
// with these numbers.
func Split(n, a, b int, less func(ofSecond, ofFirst int) (bool, error)) (int, error) {
	low, high := max(0, n-b), min(n, a)
	for low < high { // is the element of the first list at middle among the first n?
		middle := low + (high-low)/2
		before, err := less(n-1-middle, middle)
		if err != nil {
			return 0, err
		}
		if before {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, nil
}
