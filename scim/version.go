package scim

import "strconv"

// ETag is the weak entity tag of a version: W/"7" (RFC 7644 §3.14).
func (m Meta) ETag() string { return `W/"` + strconv.FormatInt(m.Version, 10) + `"` }
