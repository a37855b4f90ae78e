package scim

import (
	"slices"
	"strconv"
	"time"
)

// Meta is what a resource knows of its own history (RFC 7643 §3.1).
type Meta struct {
	Created      time.Time
	LastModified time.Time
	Version      int64 // 1 when created, +1 with each change
}

// ETag is the weak entity tag of a version: W/"7" (RFC 7644 §3.14).
func (m Meta) ETag() string { return `W/"` + strconv.FormatInt(m.Version, 10) + `"` }

// Condition is a request's If-Match (RFC 7644 §3.14): the versions that it
// accepts. The zero Condition accepts any.
type Condition struct{ Versions []int64 }

// Accepts says whether a resource of this version may be changed.
func (c Condition) Accepts(version int64) bool {
	return len(c.Versions) == 0 || slices.Contains(c.Versions, version)
}
