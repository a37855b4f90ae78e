package merge_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/scim/scimhttp/merge"
)

// TestMerge: the lists come to one in order, equals of the first list first,
// and Split finds where any page of it begins.
func TestMerge(t *testing.T) {
	t.Parallel()
	less := func(second, first int) bool { return second < first }
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 8)
		a, b := list.Draw(t, "first"), list.Draw(t, "second")
		slices.Sort(a)
		slices.Sort(b)
		all := merge.All(a, b, less)
		if len(all) != len(a)+len(b) || !slices.IsSortedFunc(all, func(x, y merge.Item[int]) int { return 2*(x.Of-y.Of) + x.List - y.List }) {
			t.Fatalf("of %v and %v: got %v", a, b, all)
		}
		for n := range len(all) + 1 {
			want := 0
			for _, item := range all[:n] {
				want += 1 - item.List
			}
			looks := 0
			got, err := merge.Split(n, len(a), len(b), func(second, first int) (bool, error) {
				looks++
				return less(b[second], a[first]), nil
			})
			if err != nil || got != want || looks > 4 {
				t.Fatalf("the first %d of %v and %v: got %d, %v after %d looks, want %d", n, a, b, got, err, looks, want)
			}
		}
	})
}

func TestSplitFails(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	if _, err := merge.Split(2, 3, 3, func(int, int) (bool, error) { return false, away }); !errors.Is(err, away) {
		t.Errorf("got %v, want %v", err, away)
	}
}
