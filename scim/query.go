package scim

// Query asks for a page of resources (RFC 7644 §3.4.2).
type Query struct {
	Filter     Filter // nil: all
	StartIndex int    // from 1
	Count      int    // 0: only the total
	Members    bool   // Groups: read the members too
	Groups     bool   // Users: read the groups too
}

// Page is a part of a result, in an order that never changes.
type Page[T any] struct {
	Total int // of all that match
	Items []T
}

// Condition is a request's If-Match (RFC 7644 §3.14): the versions that it
// accepts. The zero Condition accepts any.
type Condition struct{ Versions []int64 }

// Accepts says whether a resource of this version may be changed.
func (c Condition) Accepts(version int64) bool {
	if len(c.Versions) == 0 {
		return true
	}
	for _, v := range c.Versions {
		if v == version {
			return true
		}
	}
	return false
}
