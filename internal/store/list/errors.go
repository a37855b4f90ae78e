package list

import "fmt"

// TooManyError means that no index serves the query, and that there are too many
// items to compare them one by one.
type TooManyError struct {
	Limit   int
	Plural  string // the items: users or groups
	Members bool   // the items are not resources but members of groups
	Indexed string // the attributes that an index serves
}

func (e *TooManyError) Error() string {
	if e.Members {
		return fmt.Sprintf("more than %d members of groups to compare", e.Limit)
	}
	return fmt.Sprintf("more than %d %s to compare", e.Limit, e.Plural)
}

// TooMuchError means that no index serves the query, and that the items together are
// too large to compare them one by one.
type TooMuchError struct {
	Plural  string // the items: users or groups
	Indexed string // the attributes that an index serves
}

func (e *TooMuchError) Error() string { return "the " + e.Plural + " are too large to compare" }

// TooLongError means that a filter has more comparisons than Limit.
type TooLongError struct{ Limit int }

func (e *TooLongError) Error() string {
	return fmt.Sprintf("the filter has more than %d comparisons", e.Limit)
}
