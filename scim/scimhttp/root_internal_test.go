package scimhttp

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMerge checks that the merged list is sorted, and that an element of the first
// list comes before equal elements of the second. It also checks that mergeSplit
// returns the right number for every n.
func TestMerge(t *testing.T) {
	t.Parallel()
	less := func(second, first int) bool { return second < first }
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 8)
		a, b := list.Draw(t, "first"), list.Draw(t, "second")
		slices.Sort(a)
		slices.Sort(b)
		all := merge(a, b, less)
		if len(all) != len(a)+len(b) || !slices.IsSortedFunc(all, func(x, y merged[int]) int { return 2*(x.item-y.item) + x.list - y.list }) {
			t.Fatalf("of %v and %v: got %v", a, b, all)
		}
		for n := range len(all) + 1 {
			want := 0
			for _, element := range all[:n] {
				want += 1 - element.list
			}
			looks := 0
			got, err := mergeSplit(n, len(a), len(b), func(second, first int) (bool, error) {
				looks++
				return less(b[second], a[first]), nil
			})
			if err != nil || got != want || looks > 4 {
				t.Fatalf("the first %d of %v and %v: got %d, %v after %d comparisons, want %d", n, a, b, got, err, looks, want)
			}
		}
	})
}

func TestMergeSplitFails(t *testing.T) {
	t.Parallel()
	unavailable := errors.New("unavailable")
	if _, err := mergeSplit(2, 3, 3, func(int, int) (bool, error) { return false, unavailable }); !errors.Is(err, unavailable) {
		t.Errorf("got %v, want %v", err, unavailable)
	}
}
