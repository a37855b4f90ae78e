package scim

import (
	"slices"
	"strconv"
	"time"
)

// Meta is a resource's version and times (RFC 7643 §3.1).
type Meta struct {
	Created      time.Time
	LastModified time.Time
	Version      int64 // 1 when created, +1 with each change
}

// ETag returns the weak entity tag of the version, such as W/"7" (RFC 7644 §3.14).
func (m Meta) ETag() string { return `W/"` + strconv.FormatInt(m.Version, 10) + `"` }

// Condition contains the versions that the header If-Match of a request lists (RFC
// 7644 §3.14). The zero Condition accepts every version.
type Condition struct{ Versions []int64 }

// Accepts reports whether the request may change a resource that has this version.
func (c Condition) Accepts(version int64) bool {
	return len(c.Versions) == 0 || slices.Contains(c.Versions, version)
}
