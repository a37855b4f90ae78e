package scimhttp

// merged is an element of one of two lists.
type merged[T any] struct {
	list int // 0 or 1
	item T
}

// merge merges two sorted lists. less reports whether an element of the second
// list comes before one of the first.
func merge[T any](first, second []T, less func(ofSecond, ofFirst T) bool) []merged[T] {
	all := make([]merged[T], 0, len(first)+len(second))
	for len(first) > 0 || len(second) > 0 {
		if len(first) == 0 || len(second) > 0 && less(second[0], first[0]) {
			all, second = append(all, merged[T]{1, second[0]}), second[1:]
		} else {
			all, first = append(all, merged[T]{0, first[0]}), first[1:]
		}
	}
	return all
}

// mergeSplit returns how many of the first n elements of the merged lists come
// from the first list. The lists have a and b elements, and n is at most a + b. It
// is a binary search, which calls less with two indices in each step.
func mergeSplit(n, a, b int, less func(ofSecond, ofFirst int) (bool, error)) (int, error) {
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
